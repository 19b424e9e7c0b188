(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [play, speed, scrub, output] = ["play", "speed", "scrub", "now"].map(byId);
  const sides = [0, 1].map((k) => ({
    pick: document.querySelector(`select[data-side="${k}"]`),
    video: document.querySelector(`video[data-side="${k}"]`),
    none: document.querySelectorAll(".none")[k],
  }));
  const spots = [];
  let now = 0;
  let playing = false;
  let started = 0;

  const known = (v) => v !== null && v !== undefined;
  const text = (v, digits) => (known(v) ? minus(v.toFixed(digits)) : "\u2013");
  const setOf = (side) => data.sets[side.set];

  // The value at one moment of a repetition's own samples.
  function at(rep, column, time) {
    const t = rep.t;
    if (time < t[0] - 1e-9 || time > t.at(-1) + 1e-9) return null;
    let k = 0;
    while (k < t.length - 2 && t[k + 1] < time) k++;
    const [from, to] = [rep[column][k], rep[column][k + 1]];
    if (!known(from) || !known(to)) return known(from) ? from : null;
    return from + ((time - t[k]) / (t[k + 1] - t[k] || 1)) * (to - from);
  }

  // Where a moment lies along a kind of curve: share and value.
  function place(rep, kind, time) {
    if (!known(rep.up) || time < 0 || time > rep.up) return null;
    const y = at(rep, "y", time);
    const share = kind.against === "time" ? (100 * time) / rep.up : (100 * (y - rep.y0)) / rep.rise;
    const x = at(rep, "x", time);
    if (!known(y) || !known(x)) return null;
    if (kind.quantity === "velocity") return [share, at(rep, "v", time)];
    const forward = x - rep.x0;
    return [share, kind.quantity === "path" ? forward : forward - (rep.x1 - rep.x0) * ((y - rep.y0) / rep.rise)];
  }

  const span = (values) => values.filter(known);

  function band(parent, xs, mean, spread, placeX, placeY, name) {
    const upper = mean.map((m, k) => (known(m) && known(spread[k]) ? [xs[k], m + spread[k]] : null)).filter(known);
    const lower = mean.map((m, k) => (known(m) && known(spread[k]) ? [xs[k], m - spread[k]] : null)).filter(known).reverse();
    if (!upper.length) return;
    const points = [...upper, ...lower].map(([x, y]) => `${placeX(x).toFixed(1)},${placeY(y).toFixed(1)}`);
    add(parent, "polygon", { class: `spread ${name}`, points: points.join(" ") });
  }

  function spot(svg, side, where) {
    const dot = add(svg, "circle", { r: 6 });
    spots.push(() => {
      const found = where(side);
      dot.setAttribute("class", `spot s${side.set}`);
      dot.style.display = found ? "" : "none";
      if (!found) return;
      dot.setAttribute("cx", found[0]);
      dot.setAttribute("cy", found[1]);
    });
  }

  function drawCurve(kind) {
    const svg = byId(kind.name);
    const seen = span(data.sets.flatMap((set) => {
      const { reps, mean, spread } = set.curves[kind.name];
      return [...reps.flat(), ...[-1, 1].flatMap((sign) => mean.map((m, k) => (known(m) && known(spread[k]) ? m + sign * spread[k] : m)))];
    }));
    const reach = seen.length ? Math.max(...seen) - Math.min(...seen) : 1;
    const low = Math.min(0, ...seen) - 0.06 * reach - kind.least / 10;
    const high = Math.max(kind.least, ...seen) + 0.08 * reach;
    const { placeX, placeY, shade } = frame(
      svg,
      { low: 0, high: 100, factor: 1, label: kind.against === "time" ? "% of the time up" : "% of the rise" },
      { low, high, factor: 1, label: kind.axis },
    );
    for (const [from, to] of kind.apart) shade("apart", placeX(from), placeX(to));
    data.sets.forEach((set, k) => {
      const curve = set.curves[kind.name];
      band(svg, data.grid, curve.mean, curve.spread, placeX, placeY, `s${k}`);
      for (const values of curve.reps) {
        add(svg, "path", { class: `rep s${k}`, d: line(data.grid, values, 0, 100, placeX, placeY) });
      }
      if (!curve.reps.length) return;
      add(svg, "path", { class: `mean s${k}`, d: line(data.grid, curve.mean, 0, 100, placeX, placeY) });
      const tag = 45 + 12 * k;
      add(svg, "text", { class: "strong", x: placeX(tag), y: placeY(curve.mean[tag]) - 6 }, set.key);
    });
    for (const side of sides) {
      spot(svg, side, () => {
        const found = place(side.rep, kind, now);
        return found && [placeX(found[0]), placeY(found[1])];
      });
    }
  }

  function drawPaths() {
    const svg = byId("paths");
    clear(svg);
    const reps = data.sets.flatMap((set) => set.reps);
    const wide = data.sets.flatMap(({ path }) => (path ? [-1, 1].flatMap((sign) => path.x.map((x, j) => (known(path.spread[j]) ? x + sign * path.spread[j] : x))) : []));
    const xs = span([...reps.flatMap((rep) => rep.x), ...wide]);
    const ys = span(reps.flatMap((rep) => rep.y));
    const low = { x: Math.min(-10, ...xs) - 2, y: Math.min(0, ...ys) - 2 };
    const high = { x: Math.max(10, ...xs) + 2, y: Math.max(20, ...ys) + 4 };
    const edge = { left: 44, right: 8, top: 8, bottom: 38 };
    const room = { x: svg.clientWidth - edge.left - edge.right, y: svg.clientHeight - edge.top - edge.bottom };
    const scale = Math.min(room.x / (high.x - low.x), room.y / (high.y - low.y));
    const margin = (room.x - scale * (high.x - low.x)) / 2;
    svg.setAttribute("viewBox", `0 0 ${svg.clientWidth} ${svg.clientHeight}`);
    const placeX = (v) => edge.left + margin + (v - low.x) * scale;
    const placeY = (v) => edge.top + (high.y - v) * scale;
    for (const tick of ticks(low.y, high.y, 6)) {
      add(svg, "line", { class: tick.value ? "grid" : "axis", x1: placeX(low.x), x2: placeX(high.x), y1: placeY(tick.value), y2: placeY(tick.value) });
      add(svg, "text", { x: placeX(low.x) - 5, y: placeY(tick.value) + 4, "text-anchor": "end" }, tick.text);
    }
    for (const tick of ticks(low.x, high.x, 5)) {
      add(svg, "text", { x: placeX(tick.value), y: placeY(low.y) + 16, "text-anchor": "middle" }, tick.text);
    }
    add(svg, "text", { x: placeX((low.x + high.x) / 2), y: placeY(low.y) + 32, "text-anchor": "middle" }, `${data.facing ? "to the toes" : "to the right"} \u2192 (cm)`);
    add(svg, "text", { x: placeX(low.x) - 30, y: placeY((low.y + high.y) / 2), "text-anchor": "middle", transform: `rotate(-90 ${placeX(low.x) - 30} ${placeY((low.y + high.y) / 2)})` }, "height (cm)");
    add(svg, "line", { class: "mid", x1: placeX(0), x2: placeX(0), y1: edge.top, y2: placeY(low.y) });
    data.sets.forEach((set, k) => {
      for (const rep of set.reps) {
        const last = known(rep.up) ? rep.t.findLastIndex((t) => t <= rep.up + 1e-6) : rep.t.length - 1;
        add(svg, "path", { class: `${known(rep.up) ? "rep" : "loose"} s${k}`, d: line(rep.x, rep.y, known(rep.up) ? rep.t.findIndex((t) => t >= -1e-6) : 0, last, placeX, placeY) });
      }
      const mean = set.path;
      if (!mean) return;
      const side = (sign) => mean.x.map((x, j) => (known(mean.spread[j]) ? [x + sign * mean.spread[j], mean.y[j]] : null)).filter(known);
      const round = [...side(1), ...side(-1).reverse()];
      if (round.length) add(svg, "polygon", { class: `spread s${k}`, points: round.map(([x, y]) => `${placeX(x).toFixed(1)},${placeY(y).toFixed(1)}`).join(" ") });
      add(svg, "path", { class: `mean s${k}`, d: line(mean.x, mean.y, 0, mean.x.length - 1, placeX, placeY) });
      add(svg, "text", { class: "strong", x: placeX(mean.x.at(-1)) + 6, y: placeY(mean.y.at(-1)) - 4 }, set.key);
    });
    for (const side of sides) {
      spot(svg, side, () => {
        const [x, y] = [at(side.rep, "x", now), at(side.rep, "y", now)];
        return known(x) && known(y) ? [placeX(x), placeY(y)] : null;
      });
    }
  }

  function drawLoads({ points, line: fit, best }) {
    const svg = byId("loads");
    const all = [...points.map((p) => p.load), ...(fit ? fit.load : []), ...(best ? [best.load - best.sd, best.load + best.sd] : [])];
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const margin = 0.05 * (most - least);
    const tops = [...points.map((p) => p.v + p.sd), ...(fit ? fit.v.map((v, k) => v + fit.sd[k]) : [])];
    const lows = [0, ...(fit ? fit.v.map((v, k) => v - fit.sd[k]) : [])];
    const { placeX, placeY, shade } = frame(
      svg,
      { low: least - margin, high: most + margin, factor: 1, label: "load (kg)" },
      { low: Math.min(...lows), high: 1.1 * Math.max(...tops), factor: 1, label: "mean velocity (m/s)" },
    );
    if (best) {
      shade("apart", placeX(best.load - best.sd), placeX(best.load + best.sd));
      add(svg, "line", { class: "mid", x1: placeX(best.load), x2: placeX(best.load), y1: placeY(Math.min(...lows)), y2: placeY(1.1 * Math.max(...tops)) });
    }
    if (fit) {
      band(svg, fit.load, fit.v, fit.sd, placeX, placeY, "fit");
      add(svg, "path", { class: "rep fit", d: line(fit.load, fit.v, 0, fit.load.length - 1, placeX, placeY) });
    }
    for (const p of points) {
      const x = placeX(p.load);
      add(svg, "line", { class: `rep s${p.shade}`, x1: x, x2: x, y1: placeY(p.v - p.sd), y2: placeY(p.v + p.sd) });
      add(svg, "circle", { class: `spot s${p.shade}`, r: 6, cx: x, cy: placeY(p.v) });
      add(svg, "text", { class: "strong", x: x + 9, y: placeY(p.v) - 6 }, p.key);
    }
  }

  const wanted = (side) => Math.max(0, (side.rep.origin + now) * setOf(side).video.rate + 1e-3);
  const filmed = () => sides.filter((side) => setOf(side).video);

  function show() {
    scrub.value = now;
    output.textContent = `${text(now, 2)} s: ` + sides.map((side) => {
      const [v, y] = [at(side.rep, "v", now), at(side.rep, "y", now)];
      return `${setOf(side).key} rep ${side.rep.index} ${text(v, 2)} m/s, ${text(y, 1)} cm high`;
    }).join(" \u00b7 ");
    scrub.setAttribute("aria-valuetext", output.textContent);
    for (const move of spots) move();
  }

  function seek(time) {
    now = Math.min(Math.max(time, +scrub.min), +scrub.max);
    for (const side of filmed()) side.video.currentTime = wanted(side);
    show();
  }

  function stop() {
    playing = false;
    play.setAttribute("aria-pressed", "false");
    play.textContent = "Play both";
    for (const side of sides) side.video.pause();
  }

  // The clock leads; a video that strays by more than two frames is set right.
  function follow(clock) {
    if (!playing) return;
    now = started.now + ((clock - started.clock) / 1000) * +speed.value;
    if (now >= +scrub.max) { now = +scrub.max; show(); stop(); return; }
    for (const side of filmed()) {
      if (Math.abs(side.video.currentTime - wanted(side)) > 0.08 * setOf(side).video.rate) side.video.currentTime = wanted(side);
    }
    show();
    requestAnimationFrame(follow);
  }

  function start() {
    if (now >= +scrub.max - 0.05) seek(+scrub.min);
    playing = true;
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
    for (const side of filmed()) {
      side.video.currentTime = wanted(side);
      side.video.playbackRate = Math.min(16, Math.max(0.0625, +speed.value * setOf(side).video.rate));
      side.video.play();
    }
    started = { now, clock: performance.now() };
    requestAnimationFrame(follow);
  }

  function choose(side) {
    const [set, rep] = side.pick.value.split(":").map(Number);
    stop();
    side.set = set;
    side.rep = data.sets[set].reps[rep];
    const video = setOf(side).video;
    side.video.hidden = !video;
    side.none.hidden = Boolean(video);
    if (video && side.video.getAttribute("src") !== video.src) side.video.src = video.src;
    if (!video) side.video.removeAttribute("src");
    if (sides.every((one) => one.rep)) {
      scrub.max = Math.max(...sides.map((one) => one.rep.t.at(-1)));
      scrub.min = Math.max(...sides.map((one) => Math.max(-1, one.rep.t[0])));
      seek(0);
    }
  }

  function draw() {
    spots.length = 0;
    drawPaths();
    data.kinds.forEach(drawCurve);
    if (data.loads) drawLoads(data.loads);
    show();
  }

  const first = data.sets.map((set, k) => (set.reps.length ? k : -1)).filter((k) => k >= 0);
  sides.forEach((side, k) => {
    data.sets.forEach((set, s) => set.reps.forEach((rep, r) => {
      const option = document.createElement("option");
      option.value = `${s}:${r}`;
      option.textContent = `${set.key}: ${set.name}, rep ${rep.index}${known(rep.up) ? "" : rep.lifted ? " (partial)" : " (partial, from its first frame)"}`;
      side.pick.append(option);
    }));
    side.pick.value = `${first[Math.min(k, first.length - 1)]}:0`;
    side.video.addEventListener("loadedmetadata", () => { side.video.currentTime = wanted(side); });
    side.pick.addEventListener("change", () => choose(side));
  });
  if (!first.length) return;
  sides.forEach(choose);
  play.addEventListener("click", () => (playing ? stop() : start()));
  speed.addEventListener("change", () => { if (playing) { stop(); start(); } });
  scrub.addEventListener("input", () => { stop(); seek(+scrub.value); });

  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth !== width) { width = document.body.clientWidth; draw(); }
  }).observe(document.body);
  draw();
})();
