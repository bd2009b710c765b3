// Follows an execution, and moves it back in time. Without this script the page works by
// reload. All colours and rows come from the server.
"use strict";
(() => {
  // center scrolls the graph to what runs or has failed, or else to its start. Later it
  // does that unless it can be seen, or somebody has scrolled.
  let scrolled = false;
  function center(later) {
    const canvas = document.querySelector(".canvas"), graph = canvas && canvas.querySelector("svg");
    if (!graph) return;
    const states = [...graph.querySelectorAll("[data-outcome=running], [data-outcome=failed]")];
    const target = states.find((state) => !state.querySelector(".state")) || states[0] || graph.querySelector(".mark");
    const box = (target || graph).getBoundingClientRect(), frame = canvas.getBoundingClientRect();
    const isSeen = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
    if (later && (scrolled || isSeen || !states.length)) return;
    canvas.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
    if (states.length) canvas.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
  }

  center();
  for (const event of ["wheel", "pointerdown", "touchstart", "keydown"]) {
    document.addEventListener(event, (e) => { if (e.target.closest(".canvas")) scrolled = true; }, { passive: true });
  }
  const time = document.querySelector(".time");
  if (!time) return;
  const path = time.dataset.path;
  const most = 500; // rows of the table
  let source = null;

  // raise draws a line above those that were not taken, or below those that were, if that
  // changes.
  function raise(line, taken) {
    if (line.classList.contains("taken") === taken) return;
    const next = taken ? "nextElementSibling" : "previousElementSibling";
    let last = line;
    while (last[next] && last[next].matches(".line, .arrow")) last = last[next];
    if (last !== line) last[taken ? "after" : "before"](line);
  }

  // show colours the graph: states by their outcome, lines that were taken.
  function show(change) {
    for (const [id, [outcome, word]] of Object.entries(change.states || {})) {
      for (const g of document.querySelectorAll(`[data-node="${id}"]`)) {
        g.dataset.outcome = outcome;
        const status = g.querySelector(":scope > .status");
        if (status) status.textContent = word;
      }
    }
    for (const [id, taken] of Object.entries(change.lines || {})) {
      for (const line of document.querySelectorAll(`:is(.line, .arrow)[data-edge="${id}"]`)) raise(line, taken);
      for (const part of document.querySelectorAll(`[data-edge="${id}"]`)) part.classList.toggle("taken", taken);
    }
    center(true);
  }

  // isUsed says whether someone is typing in a part, or has typed.
  function isUsed(part) {
    return part.contains(document.activeElement) || [...part.querySelectorAll("textarea, input:not([type=range])")].some((field) => field.value !== field.defaultValue);
  }

  // replaceParts takes parts of the page from the server again.
  async function replaceParts(url, names) {
    const response = await fetch(url);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const name of names) {
      const now = document.querySelector(`[data-part="${name}"]`);
      const next = page.querySelector(`[data-part="${name}"]`);
      if (now && next && !isUsed(now)) now.replaceWith(document.importNode(next, true));
    }
    listen();
  }

  function follow() {
    const at = document.querySelector(".time");
    if (source || !("live" in at.dataset)) return;
    source = new EventSource(`${path}/events?after=${at.dataset.at}`);
    source.onmessage = (message) => {
      const update = JSON.parse(message.data);
      show(update);
      const rows = document.querySelector("#rows[data-append]");
      if (update.row && rows && !document.getElementById(`e${update.last}`)) {
        rows.insertAdjacentHTML("afterbegin", update.row); // escaped by the server's template
        while (rows.rows.length > most) rows.lastElementChild.remove();
      }
      const slider = document.querySelector(".time input");
      slider.max = update.last;
      slider.value = update.last;
      stepBack(update.last - 1);
      if (update.ended) {
        pause();
        replaceParts(path, ["head", "time", "side"]);
      } else if (update.states) {
        refresh();
      }
    };
  }

  // stepBack leads to the event before the one that is shown; 0: there is none.
  function stepBack(event) {
    const step = document.querySelector(".time [rel=prev]");
    if (event < 1) return;
    step.href = `?at=${event}`;
    step.textContent = `◀ ${event}`;
    step.setAttribute("aria-label", `Previous event, ${event}`);
  }

  function pause() {
    if (source) source.close();
    source = null;
  }

  // refresh takes what is beside the graph again, at most once a second.
  let pending = false;
  function refresh() {
    if (pending) return;
    pending = true;
    setTimeout(async () => {
      pending = false;
      if (source) await replaceParts(path, ["head", "marks", "side"]);
    }, 1000);
  }

  // The slider: the latest position is asked for when the answer to an earlier one is there.
  let wanted = 0, asking = false;
  async function ask() {
    if (asking) return;
    asking = true;
    while (wanted) {
      const at = wanted;
      wanted = 0;
      const response = await fetch(`${path}/graph?at=${at}`);
      if (response.ok) show(await response.json());
    }
    asking = false;
  }

  async function settle(at, last) {
    const url = at >= last ? path : `${path}?at=${at}`;
    history.replaceState(null, "", url);
    await replaceParts(url, ["head", "side", "events"]);
    const response = await fetch(url);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const now = document.querySelector(".time"), next = page.querySelector(".time");
    const focused = now.querySelector("input") === document.activeElement;
    now.replaceWith(document.importNode(next, true));
    if (focused) document.querySelector(".time input").focus();
    listen();
    follow();
  }

  function listen() {
    const slider = document.querySelector(".time input");
    slider.oninput = () => { pause(); wanted = Number(slider.value); ask(); };
    slider.onchange = () => settle(Number(slider.value), Number(slider.max));
  }

  document.documentElement.classList.add("script");
  listen();
  follow();
})();
