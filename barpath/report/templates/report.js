(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [clip, scrub, output, time, profile] = ["clip", "scrub", "now", "time", "profile"].map(byId);
  const paths = [...document.querySelectorAll("svg.path")];
  let imperial = false;
  let chosen = 0;
  let now = 0;
  const cursors = [];

  const perCm = () => (imperial ? 1 / 2.54 : 1);
  const unit = () => (imperial ? "in" : "cm");

  function cursor(svg, place, box) {
    const group = add(svg, "g", {});
    const upright = box && add(group, "line", { class: "cursor", y1: box.top, y2: box.bottom });
    const dot = add(group, "circle", { class: "dot", r: 6 });
    cursors.push(() => {
      const at = place(index(now));
      group.style.display = at ? "" : "none";
      if (!at) return;
      dot.style.display = Number.isFinite(at.y) ? "" : "none";
      dot.setAttribute("cx", at.x);
      dot.setAttribute("cy", Number.isFinite(at.y) ? at.y : 0);
      if (upright) { upright.setAttribute("x1", at.x); upright.setAttribute("x2", at.x); }
    });
  }

  function index(at) {
    let low = 0;
    let high = data.t.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (data.t[middle] <= at + 1e-6) low = middle; else high = middle - 1;
    }
    return low;
  }
  const within = (rep, k) => data.t[k] >= rep.start && data.t[k] <= rep.end;
  const way = (rep, from, to) => (from === null || to === null ? null : [index(from), index(to)]);
  const repAt = (at) => data.reps.findIndex((rep) => at >= rep.start && at <= rep.end);

  function nearest(from, to, distance) {
    let best = -1;
    let least = Infinity;
    for (let k = from; k <= to; k++) {
      const d = distance(k);
      if (d < least) { least = d; best = k; }
    }
    return best;
  }

  function pointer(svg, event) {
    const box = svg.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function drawTime() {
    const seen = data.v.filter((v) => v !== null);
    const low = Math.min(-0.1, Math.min(...seen) * 1.05);
    const high = Math.max(0.3, Math.max(...seen) * 1.08);
    const { placeX, placeY, box, shade, hatch } = frame(
      time,
      { low: 0, high: data.t.at(-1) || 1, factor: 1, label: "time (s)" },
      { low, high, factor: 1, label: "velocity (m/s)" },
    );
    for (const rep of data.reps) {
      for (const phase of rep.phases) if (phase.name !== "setup") shade(`phase ${phase.name}`, placeX(phase.start), placeX(phase.end));
      if (rep.sticking) hatch(placeX(rep.sticking.start), placeX(rep.sticking.end));
      const label = rep.liftoff ?? rep.start;
      add(time, "text", { class: "strong", x: placeX(label) + 2, y: 14 }, `${rep.index}`);
    }
    add(time, "path", { class: "curve", d: line(data.t, data.v, 0, data.t.length - 1, placeX, placeY) });
    cursor(time, (k) => ({ x: placeX(now), y: data.v[k] === null ? NaN : placeY(data.v[k]) }), box);
    const span = data.t.at(-1) || 1;
    time.onclick = (event) => seek(((pointer(time, event).x - placeX(0)) / (placeX(span) - placeX(0))) * span);
  }

  function drawPath(svg) {
    const rep = data.reps[+svg.dataset.path];
    clear(svg);
    const reach = data.reach_cm;
    const floor = -data.plate_cm / 2;
    const low = Math.min(data.bottom_cm - 3, data.shoe_cm ? floor - 2 : 0);
    const high = data.top_cm + 4;
    const edge = { left: 44, right: 6, top: 6, bottom: 36 };
    // As large as all panels fit side by side, but on a phone never too small to read.
    const room = document.querySelector(".paths").clientWidth / data.reps.length - 58;
    const scale = Math.min(560 / (high - low), Math.max(300 / (high - low), room / (2 * reach)));
    const width = edge.left + 2 * reach * scale + edge.right;
    const height = edge.top + (high - low) * scale + edge.bottom;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.style.width = `${width}px`;
    svg.style.height = `${height}px`;
    const placeX = (v) => edge.left + (v + reach) * scale;
    const placeY = (v) => edge.top + (high - v) * scale;
    add(svg, "rect", { class: "band", x: placeX(-data.tolerance_cm), width: 2 * data.tolerance_cm * scale, y: edge.top, height: (high - low) * scale });
    const factor = perCm();
    for (const tick of ticks(data.bottom_cm * factor, high * factor, 6)) {
      const at = placeY(tick.value / factor);
      add(svg, "line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: at, y2: at });
      add(svg, "text", { x: edge.left - 5, y: at + 4, "text-anchor": "end" }, tick.text);
    }
    add(svg, "text", { x: 10, y: placeY((high + data.bottom_cm) / 2), "text-anchor": "middle", transform: `rotate(-90 10 ${placeY((high + data.bottom_cm) / 2)})` }, `height (${unit()})`);
    for (const tick of ticks(-reach * factor, reach * factor, 4)) {
      add(svg, "text", { x: placeX(tick.value / factor), y: height - 20, "text-anchor": "middle" }, tick.text);
    }
    add(svg, "text", { x: placeX(0), y: height - 4, "text-anchor": "middle" }, `${data.facing ? "to the toes \u2192" : "to the right \u2192"} (${unit()})`);
    add(svg, "line", { class: "mid", x1: placeX(0), x2: placeX(0), y1: edge.top, y2: placeY(low) });
    if (data.shoe_cm) {
      const half = data.shoe_cm / 2;
      const point = (x, y) => `${placeX(x * half).toFixed(1)},${placeY(floor + y).toFixed(1)}`;
      add(svg, "path", { class: "shoe", d: `M${point(-1, 0)}L${point(1, 0)}C${point(1.04, 3)} ${point(0.75, 3.5)} ${point(0.35, 5)}L${point(0, 7)}L${point(-0.85, 7.5)}C${point(-0.95, 5)} ${point(-1, 3)} ${point(-1, 0)}Z` });
    }
    const up = way(rep, rep.liftoff, rep.lockout);
    const down = way(rep, rep.lockout, rep.end);
    // What the clip shows of a way up whose end it doesn't show.
    const part = up ? null : way(rep, rep.liftoff ?? rep.start, rep.lockout ?? rep.end);
    if (part) add(svg, "path", { class: "curve part", d: line(data.x, data.y, ...part, placeX, placeY) });
    if (down) add(svg, "path", { class: "curve down", d: line(data.x, data.y, ...down, placeX, placeY) });
    if (up) {
      const d = line(data.x, data.y, ...up, placeX, placeY);
      if (rep.sd_x !== null) add(svg, "path", { class: "curve sd", d, style: `stroke-width:${(2 * rep.sd_x * scale).toFixed(2)}px` });
      add(svg, "path", { class: "curve", d });
      add(svg, "circle", { class: "mark", r: 4, cx: placeX(data.x[up[0]] ?? 0), cy: placeY(data.y[up[0]] ?? 0) });
      add(svg, "circle", { class: "ring", r: 4, cx: placeX(data.x[up[1]] ?? 0), cy: placeY(data.y[up[1]] ?? 0) });
    }
    cursor(svg, (k) => (within(rep, k) && data.x[k] !== null ? { x: placeX(data.x[k]), y: placeY(data.y[k]) } : null));
    svg.onclick = (event) => {
      const at = pointer(svg, event);
      const k = nearest(index(rep.liftoff ?? rep.start), index(rep.end), (j) =>
        (data.x[j] === null ? Infinity : Math.hypot(placeX(data.x[j]) - at.x, placeY(data.y[j]) - at.y)));
      if (k >= 0) seek(data.t[k]);
    };
  }

  function drawProfile() {
    const rep = data.reps[chosen];
    const rise = (r, k) => data.y[k] - data.y[index(r.liftoff)];
    const factor = perCm();
    const { placeX, placeY, box, shade, hatch } = frame(
      profile,
      { low: -2, high: data.top_cm + 3, factor, label: `height above lift-off (${unit()})` },
      { low: Math.min(0, -0.05 * data.top_m_s), high: data.top_m_s * 1.08, factor: 1, label: "velocity (m/s)" },
    );
    const heights = (r) => data.y.map((y) => (y === null ? null : y - (data.y[index(r.liftoff)] ?? 0)));
    data.reps.forEach((other, k) => {
      const up = way(other, other.liftoff, other.lockout);
      if (up && k !== chosen) add(profile, "path", { class: "curve faint", d: line(heights(other), data.v, ...up, placeX, placeY) });
    });
    const up = rep && way(rep, rep.liftoff, rep.lockout);
    if (!up) return;
    for (const phase of rep.phases) {
      if (!["break", "knee", "lockout"].includes(phase.name)) continue;
      const [from, to] = [rise(rep, index(phase.start)), rise(rep, index(phase.end))];
      if (Number.isFinite(from) && Number.isFinite(to)) shade(`phase ${phase.name}`, placeX(from), placeX(to));
    }
    if (rep.sticking) hatch(placeX(rise(rep, index(rep.sticking.start))), placeX(rise(rep, index(rep.sticking.end))));
    add(profile, "path", { class: "curve", d: line(heights(rep), data.v, ...up, placeX, placeY) });
    add(profile, "text", { class: "strong", x: placeX(0) + 4, y: 14 }, `rep ${rep.index}`);
    cursor(profile, (k) => (k >= up[0] && k <= up[1] && data.v[k] !== null ? { x: placeX(rise(rep, k)), y: placeY(data.v[k]) } : null), box);
    profile.onclick = (event) => {
      const at = pointer(profile, event).x;
      const k = nearest(...up, (j) => (data.y[j] === null ? Infinity : Math.abs(placeX(rise(rep, j)) - at)));
      if (k >= 0) seek(data.t[k]);
    };
  }

  function draw() {
    cursors.length = 0;
    drawTime();
    paths.forEach(drawPath);
    if (profile) drawProfile();
    show();
  }

  function show() {
    const k = index(now);
    const figure = (value, digits, factor = 1) => (value === null ? "\u2013" : minus((value * factor).toFixed(digits)));
    const rep = data.reps[repAt(now)];
    output.textContent = `${now.toFixed(2)} s${rep ? ` \u00b7 rep ${rep.index}` : ""} \u00b7 ${figure(data.v[k], 2)} m/s \u00b7 height ${figure(data.y[k], 1, perCm())} ${unit()}`;
    scrub.value = now;
    scrub.setAttribute("aria-valuetext", output.textContent);
    for (const move of cursors) move();
  }

  function choose(rep) {
    if (rep < 0 || rep === chosen) return;
    chosen = rep;
    mark();
    if (profile) draw();
  }

  function mark() {
    document.querySelectorAll("button[data-rep]").forEach((b) => b.setAttribute("aria-pressed", String(+b.dataset.rep === chosen)));
    document.querySelectorAll("tbody tr").forEach((row, k) => row.setAttribute("aria-current", String(k === chosen)));
  }

  function moveTo(at) {
    now = Math.min(Math.max(at, 0), data.t.at(-1) || 0);
    choose(repAt(now));
    show();
  }

  // A frame is shown from its own time on: a hair later is safely within it.
  function seek(at) {
    moveTo(at);
    if (clip) clip.currentTime = now * data.playback_rate + 1e-3;
  }

  function follow() {
    moveTo(clip.currentTime / data.playback_rate);
    if (!clip.paused && !clip.ended) requestAnimationFrame(follow);
  }

  if (clip) {
    clip.addEventListener("play", follow);
    clip.addEventListener("timeupdate", () => { if (clip.paused && !clip.seeking) moveTo((clip.currentTime - 1e-3) / data.playback_rate); });
  }
  scrub.addEventListener("input", () => seek(+scrub.value));
  document.querySelectorAll("button[data-rep]").forEach((button) => button.addEventListener("click", () => {
    const rep = data.reps[+button.dataset.rep];
    choose(+button.dataset.rep);
    seek(rep.liftoff ?? rep.start);
  }));
  document.querySelectorAll("button[data-seek]").forEach((button) => button.addEventListener("click", () => {
    seek(+button.dataset.seek);
    if (clip) clip.scrollIntoView({ block: "nearest" });
  }));

  byId("units").addEventListener("click", (event) => {
    imperial = !imperial;
    event.currentTarget.setAttribute("aria-pressed", String(imperial));
    document.querySelectorAll("[data-unit]").forEach((node) => { node.textContent = unit(); });
    document.querySelectorAll("[data-cm]").forEach((node) => {
      if (node.dataset.cm === "") return;
      const digits = +node.dataset.digits;
      const step = 10 ** -digits;
      const sd = node.dataset.sd === "" ? "" : ` \u00b1${(Math.ceil((node.dataset.sd * perCm()) / step - 1e-9) * step).toFixed(digits)}`;
      node.textContent = minus((node.dataset.cm * perCm()).toFixed(digits)) + sd;
    });
    document.querySelectorAll("[data-kg]").forEach((node) => {
      node.textContent = imperial ? `${(node.dataset.kg / 0.45359237).toFixed(0)} lb` : `${+node.dataset.kg} kg`;
    });
    draw();
  });

  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth !== width) { width = document.body.clientWidth; draw(); }
  }).observe(document.body);
  mark();
  draw();
})();
