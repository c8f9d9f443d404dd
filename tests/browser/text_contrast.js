// All texts that the widgets of a page show, with the contrast to what is painted behind them (WCAG 2, 1.4.3).
() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const parent = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  const background = (element) => {
    for (let at = element; at; at = parent(at)) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] === 255) return color;
    }
    return "white";
  };
  const ratio = (element) => {
    const [less, more] = [getComputedStyle(element).color, background(element)].map(luminance).sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const isExempt = (element) => element.closest('[aria-disabled="true"], [hidden], .spoken, style, script, template');
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("gs-cc-registry-widget")]
    .flatMap((host) => [...host.shadowRoot.querySelectorAll("*")])
    .filter((element) => hasText(element) && element.checkVisibility() && !isExempt(element))
    .map((element) => ({ text: element.textContent.trim().slice(0, 40), ratio: Math.round(ratio(element) * 100) / 100 }));
};
