// <plantbook-illustration seed="monstera" habit="bush" leaf="split" color="#2f7d4f" accent="#5fb37c" pattern="plain"
//                         bloom="spathe" bloom-color="#e0475b">
// draws a potted plant from those words, so that no image is fetched. Every widget of the page may use it: custom
// elements are known inside shadow roots too. Lengths are in a box of 200 by 200; angles are degrees from straight up.

const NAME = "plantbook-illustration";
const ATTRIBUTES = ["seed", "habit", "leaf", "color", "accent", "pattern", "bloom", "bloom-color"];
const POTS = ["#c9744f", "#e8dccb", "#58626c", "#86a1b3", "#dba94f", "#d9a598", "#f3efe8", "#7b9484"];
const SOIL = "#4b3a31";
const CORD = "#b9a58b";

// ---- Numbers and colours

const range = (count) => Array.from({ length: count }, (_, i) => i);
const round = (value) => Math.round(value * 10) / 10;
const radians = (degrees) => (degrees * Math.PI) / 180;
const bump = (at, centre, width) => Math.exp(-(((at - centre) / width) ** 2));

/** A generator of numbers in [0, 1) that gives one plant the same shape each time (mulberry32). */
function randomOf(seed) {
  let state = [...seed].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0), 0x01000193), 0x811c9dc5);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The colour that is `share` of the way from one to the other. */
function mix(from, to, share) {
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const other = channels(to);
  const mixed = channels(from).map((value, i) => Math.round(value + (other[i] - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

const darker = (hex, share) => mix(hex, "#10241c", share);
const lighter = (hex, share) => mix(hex, "#ffffff", share);
const further = (hex, depth) => darker(hex, 0.34 * depth); // the colour of what stands back

/** The point that is `length` away in a direction. */
const towards = ([x, y], angle, length) => [
  x + Math.sin(radians(angle)) * length,
  y - Math.cos(radians(angle)) * length,
];

/** Evenly spread angles, the outermost first, since they stand behind. */
const fan = (count, spread) =>
  range(count)
    .map((i) => spread * ((2 * i) / (count - 1) - 1))
    .sort((a, b) => Math.abs(b) - Math.abs(a));

// ---- SVG

const each = (list, draw) => list.map(draw).join("");
const times = (count, draw) => each(range(count), draw);
const path = (points) => `M${each(points, ([x, y], i) => `${i ? "L" : ""}${round(x)} ${round(y)}`)}`;
const mirrored = (points) => points.map(([x, y]) => [-x, y]);
const shape = (points, fill) => `<path d="${path(points)}Z" fill="${fill}"/>`;
const line = (d, stroke, width) => `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${round(width)}"/>`;
const dot = (x, y, r, fill) => `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" fill="${fill}"/>`;
const petal = (y, rx, ry, fill, turn = 0) =>
  `<ellipse cy="${round(y)}" rx="${round(rx)}" ry="${round(ry)}" fill="${fill}" transform="rotate(${turn})"/>`;

function at(x, y, turn, content, scale = 1) {
  const scaled = scale === 1 ? "" : ` scale(${scale})`;
  return `<g transform="translate(${round(x)} ${round(y)}) rotate(${round(turn)})${scaled}">${content}</g>`;
}

/** A bow from one point to another. */
function bow(from, control, to, stroke, width) {
  const [a, b, c] = [from, control, to].map((point) => point.map(round).join(" "));
  return line(`M${a}Q${b} ${c}`, stroke, width);
}

// ---- Leaves

/** A line of two cubic Bézier curves, given as pairs of numbers: `t` in [0, 1] → [x, y]. */
function curve(...numbers) {
  const points = range(numbers.length / 2).map((i) => numbers.slice(2 * i, 2 * i + 2));
  return (t) => {
    const [a, b, c, d] = t < 0.5 ? points : points.slice(3);
    const u = t < 0.5 ? 2 * t : 2 * t - 1;
    const v = 1 - u;
    return [0, 1].map((k) => v ** 3 * a[k] + 3 * u * v * v * b[k] + 3 * u * u * v * c[k] + u ** 3 * d[k]);
  };
}

const HEART = curve(0, -0.04, 0.08, 0.16, 0.47, 0.2, 0.48, -0.18, 0.48, -0.5, 0.14, -0.72, 0, -1);
const ARROW = curve(0, -0.06, 0.03, 0.06, 0.14, 0.42, 0.3, 0.38, 0.5, 0.1, 0.3, -0.5, 0, -1);
const CUTS = [0.33, 0.48, 0.62, 0.74]; // where a split leaf is split
const FINGERS = [[0, 0.4], [0.8, 0.36], [1.55, 0.3], [2.3, 0.2]]; // of a lobed leaf: direction and length

/** The right half of a leaf of length 1 that stands on the origin, from stalk to tip: `t` in [0, 1] → [x, y]. */
const LEAVES = {
  oval: (t) => [0.3 * Math.sin(Math.PI * t ** 0.85), -t],
  lance: (t) => [0.16 * Math.sin(Math.PI * t ** 0.75), -t],
  blade: (t) => [0.085 * (1 - t ** 3) * (0.72 + 0.6 * t), -t],
  strap: (t) => [0.075 * (1 - t ** 5), -t],
  round: (t) => [0.47 * Math.sin(Math.PI * t), -0.46 + 0.46 * Math.cos(Math.PI * t)],
  heart: HEART,
  arrow: ARROW,
  petal: (t) => [0.27 * Math.sin(Math.PI * t ** 1.7) + 0.04 * (1 - t), -t],
  pad: (t) => [0.36 * Math.sin(Math.PI * t ** 1.15) + 0.05 * (1 - t), -t],
  split: (t) => {
    const [x, y] = HEART(t);
    const cut = Math.max(...CUTS.map((centre) => bump(t, centre, 0.02)));
    return [1.08 * x * (1 - 0.6 * cut), y + 0.05 * cut];
  },
  lobed: (t) => {
    if (t === 0) return [0, -0.3];
    const turn = 2.5 * (1 - t);
    const reach = 0.24 + Math.max(...FINGERS.map(([direction, length]) => length * bump(turn, direction, 0.27)));
    return [reach * Math.sin(turn), -0.36 - reach * Math.cos(turn)];
  },
};
const STEPS = { split: 96, lobed: 44 }; // how finely an outline is drawn, where 22 steps are too few

/** What lies on a leaf. `width` gives the leaf's half width at a share of its length. */
const PATTERNS = {
  plain: ({ length, rib }) => line(`M0 0V${round(-length * 0.86)}`, rib, 1),
  edged: ({ length, rib }) => line(`M0 0V${round(-length * 0.8)}`, rib, 1),
  veined: ({ length, accent, width }) => {
    const veins = each([0.2, 0.38, 0.56, 0.72], (t) => chevron(length * t, width(t + 0.1) * 0.8, length * 0.1));
    return line(`M0 0V${round(-length * 0.88)}${veins}`, accent, Math.max(0.9, length / 36));
  },
  striped: ({ length, accent, width }) => {
    const isSlim = width(0.5) < length * 0.14;
    if (isSlim) return line(`M0 0V${round(-length * 0.9)}`, accent, Math.max(1.6, width(0.5) * 0.7));
    const bars = each([0.22, 0.4, 0.58, 0.74], (t) => chevron(length * t, width(t + 0.08) * 0.82, length * 0.1));
    return line(bars, accent, Math.max(1.6, length / 16));
  },
  spotted: ({ length, accent, width, random }) => {
    const count = length < 30 ? 5 : 9;
    return times(count, (i) => {
      const t = 0.14 + (0.7 * i) / count;
      const x = (i % 2 ? 1 : -1) * (0.15 + random() * 0.5) * width(t);
      return dot(x, -length * t, Math.max(1, length * (0.024 + random() * 0.022)), accent);
    });
  },
};

/** Two strokes from the middle of a leaf outwards and up. */
function chevron(height, across, up) {
  const [from, to, x] = [-height, -height - up, across].map(round);
  return `M0 ${from}L${x} ${to}M0 ${from}L${-x} ${to}`;
}

// ---- Parts of plants

/** Draws the leaves, fronds and flowers of one plant. `depth` in [0, 1] is how far back a part stands. */
class Brush {
  constructor(look) {
    Object.assign(this, look);
    this.random = randomOf(look.seed);
    this.stem = darker(mix(look.color, "#7a8f4a", 0.35), 0.12);
  }

  /** A number from -by to by. */
  vary(by) {
    return (this.random() * 2 - 1) * by;
  }

  /** Half the outline of a leaf, as points. */
  half(kind, length, steps) {
    const outline = LEAVES[kind] ?? LEAVES.oval;
    return range(steps + 1).map((i) => outline(i / steps).map((value) => value * length));
  }

  /** A leaf that points up from the origin. */
  leaf(length, { depth = 0, kind = this.leafKind } = {}) {
    const right = this.half(kind, length, STEPS[kind] ?? 22);
    const color = further(this.color, depth);
    const isEdged = this.pattern === "edged";
    const edge = isEdged ? this.halves(right, darker(this.accent, 0.25 * depth)) : "";
    const inner = this.halves(right, color);
    return edge + (isEdged ? at(0, -length * 0.11, 0, inner, 0.78) : inner) + this.marks(right, length, color, depth);
  }

  /** The two halves of a leaf, one in the shade. */
  halves(right, color) {
    const left = mirrored(right);
    const edge = line(`${path([...right, ...left.toReversed()])}Z`, darker(color, 0.3), 0.7);
    return edge + shape([...left, [0, 0]], color) + shape([...right, [0, 0]], darker(color, 0.13));
  }

  marks(right, length, color, depth) {
    const near = (t) => right.filter(([, y]) => Math.abs(y + t * length) < length * 0.06);
    return PATTERNS[length < 13 ? "plain" : this.pattern]({
      length,
      width: (t) => Math.max(0, ...near(t).map(([x]) => x)),
      accent: mix(this.accent, color, 0.12 + 0.4 * depth),
      rib: mix(color, this.accent, 0.55),
      random: this.random,
    });
  }

  /** A leaf at the end of its stalk; it bends on by the share `droop` of the angle. */
  stalkedLeaf(root, angle, reach, length, { droop = 0.35, depth = 0 } = {}) {
    const end = towards(root, angle, reach);
    const stalk = bow(root, towards(root, angle * 0.35, reach * 0.6), end, further(this.stem, depth), 2.4);
    return stalk + at(...end, angle * (1 + droop) + this.vary(7), this.leaf(length, { depth }));
  }

  /** Points from root to tip over an arch, with their normals: [x, y, nx, ny, t]. */
  spine([x0, y0], [x1, y1], count = 18, lift = 0.42) {
    const cx = x0 + (x1 - x0) * 0.3;
    const cy = y0 + (y1 - y0) * (lift ? 1 : 0.6) - Math.abs(x1 - x0) * lift;
    const on = (t, a, b, c) => (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c;
    return range(count + 1).map((i) => {
      const t = i / count;
      const [dx, dy] = [(1 - t) * (cx - x0) + t * (x1 - cx), (1 - t) * (cy - y0) + t * (y1 - cy)];
      const norm = Math.hypot(dx, dy) || 1;
      return [on(t, x0, cx, x1), on(t, y0, cy, y1), -dy / norm, dx / norm, t];
    });
  }

  /** A long leaf that arches from root to tip. */
  arch(root, tip, width, depth) {
    const points = this.spine(root, tip);
    const back = points.toReversed();
    const side = (sign) =>
      points.map(([x, y, nx, ny, t]) => {
        const half = sign * width * (1 - t ** 2.6) * (0.55 + 1.8 * t * (1 - t));
        return [x + nx * half, y + ny * half];
      });
    const color = further(this.color, depth);
    const halves = shape([...side(1), ...back], color) + shape([...side(-1), ...back], darker(color, 0.15));
    return halves + this.archMarks(points, width, color, depth);
  }

  archMarks(points, width, color, depth) {
    const middle = path(points.slice(1, -3));
    if (this.pattern === "striped") return line(middle, mix(this.accent, color, 0.3 * depth), width * 0.62);
    if (this.pattern !== "spotted") return line(middle, mix(color, this.accent, 0.5), 0.9);
    return each(points.slice(2, -2), ([x, y, nx, ny]) =>
      dot(x + nx * this.vary(width * 0.5), y + ny * this.vary(width * 0.5), 1.1, this.accent),
    );
  }

  /** Leaflets on both sides of a rib, which is bare at first. */
  frond(root, tip, { kind = "lance", leaflet = 16, count = 15, depth = 0, bare = 0.15, lift = 0.42 }) {
    const points = this.spine(root, tip, count, lift);
    const leaves = each(points.filter(([, , , , t]) => t >= bare), ([x, y, nx, ny, t]) => {
      const heading = (Math.atan2(ny, nx) * 180) / Math.PI;
      const length = leaflet * (0.45 + 0.68 * Math.sin(Math.PI * (0.12 + 0.8 * t)));
      return each([-1, 1], (side) => at(x, y, heading + side * (64 - 30 * t), this.leaflet(kind, length, depth)));
    });
    return line(path(points), further(this.stem, depth), 1.5) + leaves;
  }

  leaflet(kind, length, depth) {
    const color = darker(this.color, 0.34 * depth + 0.14 * this.random());
    if (kind === "needle") return line(`M0 0V${round(-length)}`, color, 1.3);
    const right = this.half(kind, length, 8);
    return shape([...right, ...mirrored(right).toReversed()], color);
  }

  blossom(x, y, size) {
    if (!this.bloom) return "";
    const color = (i) => (i % 2 ? this.bloomColor : darker(this.bloomColor, 0.07));
    const petals = times(5, (i) => petal(-size * 0.6, size * 0.42, size * 0.62, color(i), i * 72));
    return at(x, y, this.vary(30), petals + dot(0, 0, size * 0.26, "#f4c84c"));
  }

  /** A flower on a stalk of its own. */
  flower(root, angle, reach) {
    if (!this.bloom) return "";
    const end = towards(root, angle, reach);
    const stalk = bow(root, towards(root, angle * 0.4, reach * 0.6), end, this.stem, 2.2);
    if (this.bloom === "spathe") return stalk + at(...end, angle * 1.2, this.spathe());
    if (this.bloom === "spike") return stalk + at(...end, angle, this.spike(7, 6.4));
    return stalk + this.blossom(...end, 11);
  }

  spathe() {
    const brush = new Brush({ ...this, color: this.bloomColor, accent: this.bloomColor, pattern: "plain" });
    const spadix = `<rect x="-2.4" y="-20" width="4.8" height="19" rx="2.4" fill="#f2cf63"/>`;
    return brush.leaf(30, { kind: "heart" }) + spadix;
  }

  spike(storeys, size) {
    const bud = (i, turn) => {
      const color = lighter(this.bloomColor, i * 0.045);
      return at(0, -i * size * 0.78, turn, petal(-size * 0.78, size * 0.53, size, color));
    };
    return times(storeys, (i) => (i === storeys - 1 ? bud(i, 0) : bud(i, -34) + bud(i, 34)));
  }
}

// ---- How plants grow, from the middle of the pot's rim

function bush(brush, root) {
  const isWide = ["split", "heart", "arrow"].includes(brush.leafKind);
  const length = { round: 40, heart: 47, split: 58, lobed: 56, arrow: 50, lance: 62 }[brush.leafKind] ?? 50;
  const leaf = (angle, reach, size, options) =>
    brush.stalkedLeaf(root, angle + brush.vary(5), reach + brush.vary(6), size, options);
  const back = each(fan(isWide ? 4 : 6, isWide ? 58 : 66), (angle) =>
    leaf(angle, 66 - Math.abs(angle) * 0.2, length * 0.92, { depth: 0.7 }),
  );
  const flowers = each(fan(brush.bloom === "spathe" ? 2 : 4, 36), (angle) =>
    brush.flower(root, angle + 8, 84 + brush.vary(9)),
  );
  const front = each(fan(isWide ? 4 : 5, 77), (angle) => leaf(angle, 35, length, { droop: 0.5, depth: 0.12 }));
  return back + flowers + front;
}

function upright(brush, root) {
  if (brush.leafKind in UPRIGHT_STEMS) return stems(brush, root, UPRIGHT_STEMS[brush.leafKind]);
  if (brush.leafKind === "oval") return uprightOvals(brush, root);
  const length = brush.leafKind === "lance" ? 104 : 116;
  return each(fan(8, 30), (angle, i) => {
    const leaf = brush.leaf(length - Math.abs(angle) * 1.1 + brush.vary(12), { depth: i < 4 ? 0.6 : 0.05 });
    return at(root[0] + angle * 0.35, root[1] + 3, angle * 0.85 + brush.vary(3), leaf);
  });
}

const UPRIGHT_STEMS = {
  leaflets: { count: 5, spread: 44, frond: { kind: "oval", leaflet: 25, count: 8 } },
  petal: { count: 7, spread: 34, frond: { kind: "heart", leaflet: 25, count: 8 } },
  needle: { count: 7, spread: 34, frond: { kind: "needle", leaflet: 13, count: 26 } },
};

function stems(brush, root, { count, spread, frond }) {
  return each(fan(count, spread), (angle, i) => {
    const tip = towards(root, angle, 104 - Math.abs(angle) * 0.5 + brush.vary(8));
    const stem = brush.frond(root, tip, { ...frond, depth: i < 3 ? 0.6 : 0.05, bare: 0.2, lift: 0 });
    return stem + (brush.bloom && i > 2 ? at(...towards(tip, angle, -6), angle, brush.spike(6, 4.6)) : "");
  });
}

function uprightOvals(brush, root) {
  const leaves = fan(6, 40).map((angle, i) =>
    brush.stalkedLeaf(root, angle, 62 - Math.abs(angle) * 0.3, 62, { droop: 0.3, depth: i < 3 ? 0.6 : 0.05 }),
  );
  return leaves.slice(0, 4).join("") + brush.flower(root, 10, 100) + leaves.slice(4).join("");
}

function tree(brush, [x, y]) {
  const top = [x + brush.vary(7), y - 66];
  const trunk = bow([x - 1, y + 4], [x - 5 + brush.vary(5), y - 32], top, mix("#8a6a4f", brush.color, 0.12), 6);
  const crown = CROWNS[brush.leafKind];
  if (crown) return trunk + crown(brush, top);
  const leaves = times(15, (i) => {
    const from = [x + (top[0] - x) * (i / 15), y - 22 - i * 4.1];
    const angle = (i % 2 ? 1 : -1) * (94 - i * 5.6) + brush.vary(8);
    return brush.stalkedLeaf(from, angle, 10 + brush.vary(3), 47, { droop: 0.06, depth: i % 4 ? 0.08 : 0.6 });
  });
  return trunk + leaves + times(6, (i) => brush.blossom(x + (i % 2 ? 24 : -24) + brush.vary(14), y - 46 - i * 12, 10));
}

const CROWNS = { lobed: crownOfHands, needle: crownOfTiers, blade: crownOfArches, strap: crownOfArches };

function crownOfHands(brush, top) {
  return each(fan(9, 112), (angle, i) =>
    brush.stalkedLeaf(top, angle, 24, 46, { droop: 0.1, depth: i < 4 ? 0.6 : 0.08 }),
  );
}

function crownOfTiers(brush, [x, y]) {
  const needles = { kind: "needle", leaflet: 12, count: 20, depth: 0.1 };
  const branch = (storey, across) => brush.frond([x, y + 34 - storey], [x + across, y + 30 - storey], needles);
  const tiers = times(5, (i) => branch(19 * i, 9 * i - 52) + branch(19 * i, 52 - 9 * i));
  return tiers + brush.frond([x, y], [x, y - 54], needles);
}

function crownOfArches(brush, top) {
  return each(fan(15, 128), (angle, i) => {
    const [x, y] = towards(top, angle, 60 + brush.vary(7));
    const width = brush.leafKind === "strap" ? 5.4 : 3.6;
    return brush.arch(top, [x, y + Math.abs(angle) * 0.2], width, i < 6 ? 0.65 : 0.08);
  });
}

const VINES = [[-24, -34, 62], [24, 37, 80], [-27, -50, 44], [28, 52, 48], [-13, -19, 92], [9, 13, 54]];
const VINE_BLOSSOMS = [[-34, 26], [-16, 52], [10, 22], [34, 34], [46, 8]];
const LENGTHS_ON_VINES = { split: 26, lobed: 24, pad: 24, lance: 23, arrow: 22, heart: 21, oval: 21, leaflets: 14 };
const BEAD = 7;

function trailing(brush, [x, y]) {
  const size = brush.leafKind === "bead" ? BEAD : (LENGTHS_ON_VINES[brush.leafKind] ?? 11);
  const count = size < 20 ? 11 : size > 23 ? 6 : 8;
  const mound = each(fan(count, 84), (angle, i) => {
    const from = towards([x, y + 2], angle, 8 + brush.random() * 12);
    return at(...from, angle + brush.vary(12), vineLeaf(brush, size, i < 4 ? 0.6 : 0.15));
  });
  const vines = each(VINES, ([start, end, drop], i) =>
    vine(brush, [x + start, y], [x + end, y + drop + brush.vary(7)], size, i < 2 ? 0.45 : 0.06),
  );
  return mound + vines + each(VINE_BLOSSOMS, ([dx, dy]) => brush.blossom(x + dx, y + dy, 8.5));
}

/** A stem that goes over the rim and down, with leaves to the left and to the right. */
function vine(brush, [x0, y0], [x1, y1], size, depth) {
  const steps = Math.max(4, Math.round((y1 - y0 + 10) / (size === BEAD ? size : size * 0.7)));
  const points = range(steps + 1).map((i) => {
    const t = i / steps;
    const overRim = 6 * Math.sin(Math.PI * Math.min(1, 3 * t));
    return [x0 + (x1 - x0) * Math.min(1, 2.2 * t) + 2.2 * Math.sin(9 * t + x0), y0 - overRim + (y1 - y0) * t ** 1.35];
  });
  const hang = brush.leafKind === "bead" ? 62 : 128;
  const leaves = each(points.slice(1), ([x, y], i) =>
    at(x, y, (i % 2 ? hang : -hang) + brush.vary(24), vineLeaf(brush, size, depth)),
  );
  return line(path(points), further(brush.stem, depth), 1.4) + leaves;
}

function vineLeaf(brush, size, depth) {
  if (brush.leafKind === "needle") return brush.leaflet("needle", size, depth);
  if (brush.leafKind === "leaflets") return brush.leaf(size, { depth, kind: "lance" });
  if (brush.leafKind !== "bead") return brush.leaf(size + brush.vary(2.5), { depth });
  const color = darker(brush.color, 0.34 * depth + 0.1 * brush.random());
  return dot(0, -4, 4.3, color) + dot(-1.2, -5.4, 1.1, lighter(brush.color, 0.5));
}

const SLIM_RINGS = [[13, 78], [11, 66], [9, 52], [6, 38]]; // leaves and their length, from the outside in
const FULL_RINGS = [[11, 66], [9, 54], [8, 42], [6, 30], [4, 18]];
const ROSETTE_BLOSSOMS = [[-9, -30], [8, -34], [0, -44], [14, -24], [-15, -40]];

function rosette(brush, [x, y]) {
  const kind = brush.leafKind === "needle" ? "blade" : brush.leafKind;
  const rings = ["blade", "strap"].includes(kind) ? SLIM_RINGS : FULL_RINGS;
  const leaves = each(rings, ([count, length], ring) => {
    const angles = range(count).map((i) => (360 / count) * (i + ring * 0.5));
    angles.sort((a, b) => Math.cos(radians(b)) - Math.cos(radians(a)));
    const depth = 0.62 - ring * 0.16;
    return each(angles, (angle) => at(0, 0, angle, brush.leaf(length + brush.vary(2), { depth, kind })));
  });
  const flowers = each(ROSETTE_BLOSSOMS, ([dx, dy]) => brush.blossom(x + dx, y + dy, 9));
  return `<g transform="translate(${x} ${y - 12}) scale(1 .74)">${leaves}</g>${flowers}`;
}

function column(brush, [x, y]) {
  if (brush.leafKind === "pad") return pads(brush, [x, y]);
  const height = 92 + brush.vary(9);
  const arm = (side, low, high) =>
    line(`M${x} ${y - low}h${side * 15}q${side * 8} 0 ${side * 8} -8`, darker(brush.color, 0.08), 13) +
    pillar(brush, x + side * 23, y - low + 2, 15, high + brush.vary(8));
  const arms = arm(-1, 34, 36) + arm(1, 48, 32);
  return arms + pillar(brush, x, y, 32, height) + brush.blossom(x, y - height, 11) + brush.blossom(x + 24, y - 84, 8);
}

function pillar(brush, x, y, width, height) {
  const ribs = [-0.28, -0.1, 0.1, 0.28].map((share) => x + share * width);
  const top = y - height;
  const size = `y="${round(top)}" height="${round(height + 4)}" rx="${width / 2}"`;
  const half = (from, across, fill) => `<rect x="${from}" width="${across}" ${size} fill="${fill}"/>`;
  const body = half(x - width / 2, width, brush.color) + half(x, width / 2, darker(brush.color, 0.1));
  const groove = (rib) => path([[rib, y - 3], [rib, top + width * 0.16 + Math.abs(rib - x) * 0.8]]);
  const rows = range(Math.floor(height / 11)).map((i) => y - 8 - i * 11);
  const tuft = (rib, row) => `M${round(rib - 2.4)} ${round(row - 2)}l2.4 2l2.4 -2`;
  const spines = each(rows.filter((row) => row > top + width * 0.4), (row) => each(ribs, (rib) => tuft(rib, row)));
  const spineColor = brush.pattern === "striped" ? brush.accent : lighter(brush.accent, 0.35);
  return body + line(each(ribs, groove), darker(brush.color, 0.26), 1.4) + line(spines, spineColor, 1.1);
}

const PADS = [
  [-14, -44, -34, 46, 0.3], // across, up, turn, length, depth
  [12, -46, 28, 50, 0.12],
  [32, -84, 14, 32, 0],
  [-38, -74, -22, 30, 0],
  [0, 4, 0, 60, 0],
];
const PAD_BLOSSOMS = [[-50, -103], [42, -115], [-6, -62]];

function pads(brush, [x, y]) {
  const pads = each(PADS, ([dx, dy, turn, length, depth]) => at(x + dx, y + dy, turn, brush.leaf(length, { depth })));
  return pads + each(PAD_BLOSSOMS, ([dx, dy]) => brush.blossom(x + dx, y + dy, 8));
}

function ball(brush, [x, y]) {
  if (brush.leafKind === "pad") return stones(brush, [x, y]);
  const [rx, ry] = [43, 38];
  const top = y - 2 * ry + 7;
  const meridians = [-0.8, -0.48, -0.16, 0.16, 0.48, 0.8];
  const sphere = `<ellipse cx="${x}" cy="${top + ry}" rx="${rx}" ry="${ry}" fill="${brush.color}"/>`;
  const shade = `<path d="M${x} ${top}A${rx} ${ry} 0 0 1 ${x} ${top + 2 * ry}Z" fill="${darker(brush.color, 0.1)}"/>`;
  const ribs = each(meridians, (k) => `M${x} ${top}q${round(k * rx * 1.9)} ${ry} ${round(k * rx * 0.5)} ${2 * ry}`);
  const tuft = (px, py) => times(5, (i) => path([[px, py], towards([px, py], i * 72, 4)]));
  const tufts = each(meridians, (k) =>
    each([0.16, 0.32, 0.48, 0.64, 0.8], (t) => tuft(x + rx * k * (3.8 * t * (1 - t) + 0.5 * t * t), top + 2 * ry * t)),
  );
  const flowers = each(fan(5, 46), (angle) => brush.blossom(...towards([x, top + ry + 6], angle, ry + 2), 8));
  return sphere + shade + line(ribs, darker(brush.color, 0.26), 1.5) + line(tufts, brush.accent, 1) + flowers;
}

function stones(brush, [x, y]) {
  const stone = (dx, size) => at(x + dx, y + 4, dx * 0.5, brush.leaf(size));
  return stone(-28, 40) + stone(28, 36) + stone(-9, 52) + stone(11, 50) + brush.blossom(x + 1, y - 42, 10);
}

function palm(brush, root) {
  if (brush.leafKind === "fan") return fanPalm(brush, root);
  return each(fan(7, 80), (angle, i) => {
    const [x, y] = towards(root, angle, 106 - Math.abs(angle) * 0.18 + brush.vary(7));
    const depth = i < 3 ? 0.6 : 0.04 * i;
    return brush.frond(root, [x, y + Math.abs(angle) * 0.34], { leaflet: 22, count: 20, bare: 0.26, depth });
  });
}

function fanPalm(brush, root) {
  return each(fan(7, 62), (angle, i) => {
    const end = towards(root, angle, 66 - Math.abs(angle) * 0.22 + brush.vary(6));
    const blades = each(fan(9, 96), (turn) => at(0, 0, turn, brush.leaflet("lance", 38, i < 3 ? 0.65 : 0.05)));
    return line(path([root, end]), brush.stem, 2) + at(...end, angle * 1.25, blades);
  });
}

const FRONDS = {
  feather: { kind: "oval", leaflet: 8.5, count: 24 },
  leaflets: { kind: "round", leaflet: 10, count: 12 },
  needle: { kind: "needle", leaflet: 13, count: 26 },
  round: { kind: "round", leaflet: 12, count: 11 },
  lobed: { kind: "lance", leaflet: 21, count: 10 },
  lance: { kind: "lance", leaflet: 23, count: 8 },
};

function fern(brush, root) {
  const fronds = each(fan(11, 98), (angle, i) => {
    const [x, y] = towards(root, angle, 92 - Math.abs(angle) * 0.12 + brush.vary(8));
    const depth = i < 5 ? 0.75 - 0.05 * i : 0.3 - 0.03 * i;
    return brush.frond(root, [x, y + Math.abs(angle) * 0.3], { ...FRONDS[brush.leafKind], bare: 0.12, depth });
  });
  return fronds + each([-34, 5, 28], (angle) => brush.flower(root, angle, 88));
}

function fountain(brush, root) {
  const width = brush.leafKind === "lobed" ? 10 : brush.pattern === "striped" ? 5 : 6.5;
  const leaves = fan(12, 88).map((angle, i) => {
    const [x, y] = towards(root, angle, 86 - Math.abs(angle) * 0.1 + brush.vary(10));
    return brush.arch(root, [x, y + Math.abs(angle) * 0.42], width, i < 5 ? 0.65 : 0.06);
  });
  const angles = brush.bloom === "blossom" ? [-14, 14, 0] : [3];
  const flowers = each(angles, (angle) => brush.flower(root, angle, 84));
  return leaves.slice(0, 7).join("") + flowers + leaves.slice(7).join("");
}

function orchid(brush, root) {
  const leaves = each(fan(5, 76), (angle, i) => {
    const [x, y] = towards(root, angle, 52);
    const width = brush.leafKind === "blade" ? 5 : 9;
    return brush.arch(root, [x, y + Math.abs(angle) * 0.32], width, i < 2 ? 0.55 : 0.06);
  });
  const stalk = (across, up) => {
    const points = brush.spine(root, [root[0] + across, root[1] - up], 12);
    const flowers = [6, 8, 9, 11, 12].map((i) => points[i]);
    return line(path(points), brush.stem, 2) + each(flowers, ([x, y], i) => brush.blossom(x, y + 3, i === 4 ? 7 : 11));
  };
  return stalk(-62, 66) + stalk(54, 82) + leaves;
}

const HABITS = { bush, upright, tree, trailing, rosette, column, ball, palm, fern, fountain, orchid };

// ---- The whole picture

/** The pot, whose colour depends on the plant's name alone. */
function pot(seed, rim) {
  const random = randomOf(`pot of ${seed}`);
  const color = POTS[Math.floor(random() * POTS.length)];
  const place = `transform="translate(100 ${rim})"`;
  const band = random() < 0.4 ? `<path d="M-30 22H30L28.6 30H-28.6Z" fill="${lighter(color, 0.3)}"/>` : "";
  return `<g ${place}><path d="M-33 4H33L25 40Q24 45 19 45H-19Q-24 45-25 40Z" fill="${color}"/>${band}
    <path d="M0 4H33L25 40Q24 45 19 45H0Z" fill="#000" opacity=".07"/>
    <rect x="-37" y="-5" width="74" height="13" rx="4" fill="${lighter(color, 0.1)}"/>
    <rect x="-37" y="6" width="74" height="3" fill="#000" opacity=".08"/></g>`;
}

/** The drawing as SVG text. A trailing plant hangs before its pot; any other stands in it. */
function draw(look) {
  const hangs = look.habit === "trailing";
  const rim = hangs ? 88 : 144;
  const soil = `<ellipse cx="100" cy="${rim - 3}" rx="33" ry="5" fill="${SOIL}"/>`;
  const cords = line(`M66 ${rim}L100 8L134 ${rim}M100 8V${rim - 8}`, CORD, 1.6) + dot(100, 8, 3, CORD);
  const shadow = `<ellipse cx="100" cy="190" rx="46" ry="5" opacity=".12"/>`;
  const plant = HABITS[look.habit](new Brush(look), [100, rim - 3]);
  const inPot = pot(look.seed, rim);
  const parts = hangs ? cords + soil + inPot + plant : shadow + soil + plant + inPot;
  return `<svg viewBox="0 0 200 200" aria-hidden="true" stroke-linecap="round" stroke-linejoin="round">${parts}</svg>`;
}

const STYLE = "<style>:host{display:block;aspect-ratio:1}svg{display:block;width:100%;overflow:visible}</style>";
const COLOR = /^#[0-9a-f]{6}$/i;
const LEAF_KINDS = [...Object.keys(LEAVES), ...Object.keys(FRONDS), "fan", "bead"];

class PlantbookIllustration extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  #drawn = "";

  connectedCallback() {
    this.#render();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#render();
  }

  /** Draws once, however many attributes are set in a row. */
  #render() {
    queueMicrotask(() => {
      const look = this.#look();
      const key = JSON.stringify(look);
      if (key === this.#drawn) return;
      this.#drawn = key;
      (this.shadowRoot ?? this.attachShadow({ mode: "open" })).innerHTML = STYLE + draw(look);
    });
  }

  /** Only known words and hexadecimal colours reach the drawing, which is made as text. */
  #look() {
    const text = (name) => this.getAttribute(name) ?? "";
    const word = (name, known, otherwise) => (known.includes(text(name)) ? text(name) : otherwise);
    const color = (name, otherwise) => (COLOR.test(text(name)) ? text(name) : otherwise);
    return {
      seed: text("seed"),
      habit: word("habit", Object.keys(HABITS), "bush"),
      leafKind: word("leaf", LEAF_KINDS, "oval"),
      color: color("color", "#4f9257"),
      accent: color("accent", "#9dd58a"),
      pattern: word("pattern", Object.keys(PATTERNS), "plain"),
      bloom: word("bloom", ["blossom", "spathe", "spike"], ""),
      bloomColor: color("bloom-color", "#e9a0cf"),
    };
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, PlantbookIllustration);
