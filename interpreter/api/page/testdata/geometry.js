// Returns the texts of the page that cross the border of a box, and what makes the page
// itself scroll sideways.
(() => {
  const found = [];
  const slack = 1; // pixels
  const crosses = (text, box) => text.left < box.right - slack && text.right > box.left + slack && text.top < box.bottom - slack && text.bottom > box.top + slack &&
    !(text.left >= box.left - slack && text.right <= box.right + slack && text.top >= box.top - slack && text.bottom <= box.bottom + slack);
  const say = (what, text, box) => found.push(`${what}: ${JSON.stringify(text.textContent.trim().slice(0, 60))} at ${at(text)} crosses ${box.tagName}.${box.getAttribute("class")} at ${at(box)}`);
  const rectOf = (node) => {
    if (node.nodeType !== Node.TEXT_NODE) return node.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  const at = (node) => { const r = rectOf(node); return [r.left, r.top, r.right, r.bottom].map(Math.round).join(","); };

  // The graph: a text is inside of a box or outside of it. Its own height is that of its
  // letters, not that of the line.
  for (const graph of document.querySelectorAll("svg.graph")) {
    const boxes = [...graph.querySelectorAll(".state>rect, .state>path:not(.line, .arrow)")];
    for (const text of graph.querySelectorAll("text")) {
      const r = text.getBoundingClientRect(), line = r.height * 0.2;
      const letters = { left: r.left, right: r.right, top: r.top + line, bottom: r.bottom - line };
      for (const box of boxes) if (crosses(letters, box.getBoundingClientRect())) say("graph", text, box);
    }
  }

  // The rest: a text is inside of whatever has a border around it, unless that scrolls.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.textContent.trim() || text.parentElement.closest("svg, option, textarea, .skip") || !text.parentElement.checkVisibility()) continue;
    const r = rectOf(text);
    if (!r.width || !r.height) continue;
    for (let box = text.parentElement; box; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.overflowX !== "visible") break;
      if (parseFloat(style.borderLeftWidth) && style.display !== "table-cell" && crosses(r, box.getBoundingClientRect())) say("page", text, box);
      if (style.position === "fixed") break;
    }
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`the page scrolls ${wide} pixels sideways`);
  return found;
})()
