"use strict";
// What the pages draw their plots with.
const space = document.querySelector("svg").namespaceURI;
const minus = (text) => text.replace("-", Number(text) === 0 ? "" : "\u2212");

function add(parent, name, attributes, text) {
  const node = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function clear(svg) {
  for (const child of [...svg.children]) if (child.tagName !== "title") child.remove();
}

// Steps of 1, 2 or 5 times a power of ten, about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((k) => k * power >= rough) || 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(k * step);
  return found.map((value) => ({ value, text: minus(value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))) }));
}

function line(xs, ys, from, to, placeX, placeY) {
  let d = "";
  let pen = "M";
  for (let k = from; k <= to; k++) {
    if (xs[k] === null || ys[k] === null) { pen = "M"; continue; }
    d += `${pen}${placeX(xs[k]).toFixed(1)},${placeY(ys[k]).toFixed(1)}`;
    pen = "L";
  }
  return d || "M0,0";
}

// A frame with axes; gives the two scales. `height` and `width` are of the drawing in CSS pixels.
function frame(svg, x, y) {
  clear(svg);
  const width = svg.clientWidth || 600;
  const height = svg.clientHeight || 260;
  const edge = { left: 48, right: 8, top: 20, bottom: 38 };
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const placeX = (v) => edge.left + ((v - x.low) / (x.high - x.low)) * (width - edge.left - edge.right);
  const placeY = (v) => height - edge.bottom - ((v - y.low) / (y.high - y.low)) * (height - edge.top - edge.bottom);
  const back = add(svg, "g", {});
  for (const tick of ticks(y.low * y.factor, y.high * y.factor, 5)) {
    const at = placeY(tick.value / y.factor);
    add(svg, "line", { class: tick.value ? "grid" : "axis", x1: edge.left, x2: width - edge.right, y1: at, y2: at });
    add(svg, "text", { x: edge.left - 6, y: at + 4, "text-anchor": "end" }, tick.text);
  }
  for (const tick of ticks(x.low * x.factor, x.high * x.factor, width / 90)) {
    const at = placeX(tick.value / x.factor);
    add(svg, "line", { class: "axis", x1: at, x2: at, y1: height - edge.bottom, y2: height - edge.bottom + 4 });
    add(svg, "text", { x: at, y: height - edge.bottom + 17, "text-anchor": "middle" }, tick.text);
  }
  add(svg, "text", { x: (edge.left + width) / 2, y: height - 4, "text-anchor": "middle" }, x.label);
  const middle = (height - edge.bottom + edge.top) / 2;
  add(svg, "text", { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, y.label);
  const box = { top: edge.top, bottom: height - edge.bottom, back };
  const pattern = add(add(svg, "defs", {}), "pattern", { id: `hatch-${svg.id}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  add(pattern, "line", { class: "axis", x1: 0, y1: 0, x2: 0, y2: 6 });
  const shade = (kind, from, to) => add(back, "rect", {
    class: kind, x: Math.min(from, to), width: Math.abs(to - from), y: box.top, height: box.bottom - box.top,
  });
  const hatch = (from, to) => shade("", from, to).setAttribute("fill", `url(#hatch-${svg.id})`);
  return { placeX, placeY, box, shade, hatch };
}
