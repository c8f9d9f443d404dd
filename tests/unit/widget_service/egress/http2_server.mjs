// A destination that speaks HTTP/2; its one argument is a PEM file with key and certificate.
// It prints its port, then a line for each session and each stream.
import fs from "node:fs";
import http2 from "node:http2";

const pem = fs.readFileSync(process.argv[2]);
const server = http2.createSecureServer({ key: pem, cert: pem });

const answers = {
  "/reset": (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
  "/refused": (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
  "/half": (stream) => {
    stream.respond({ ":status": 200 });
    stream.write("half", () => stream.destroy(new Error("cut off")));
  },
  "/many-headers": (stream) => {
    const names = Array.from({ length: 5000 }, (_, index) => [`x-${index}`, "y"]);
    stream.respond({ ":status": 200, ...Object.fromEntries(names) });
    stream.end();
  },
  "/big": (stream) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.alloc(5_000_000));
  },
  "/headers": (stream, headers) => {
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end(JSON.stringify(headers));
  },
};

server.on("session", () => console.log("session"));
server.on("stream", (stream, headers) => {
  console.log("stream");
  stream.on("error", () => {});
  const answer = answers[headers[":path"]];
  if (answer) {
    answer(stream, headers);
    return;
  }
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "z" }));
  stream.end("ok");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
