package asltest

import "html/template"

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Coverage of state machines</title>
<style>
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b1f24; --ink2: #545f6d; --line: #d5dae0; --link: #0b56b3;
  --ok: #1a6f37; --ok-bg: #def4e3; --warn: #8a4b00; --warn-bg: #ffecd1; --bad: #b3201f; --bad-bg: #fde1e0 }
@media screen and (prefers-color-scheme: dark) { :root { --page: #0e1116; --card: #161b22; --ink: #e8ecf1; --ink2: #a9b3bf; --line: #2d343d; --link: #79b4ff;
  --ok: #57c878; --ok-bg: #12301c; --warn: #f0a94b; --warn-bg: #3a2609; --bad: #ff8f88; --bad-bg: #421715 } }
* { box-sizing: border-box }
body { font: 14px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76em; padding: 1em; color: var(--ink); background: var(--page); overflow-wrap: anywhere }
h1 { font-size: 1.3em; margin: 0 0 .3em } h2 { font-size: 1.15em; margin: 0 }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
section, .contents { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8em 1em; margin: 1em 0 }
table { border-collapse: collapse; width: 100% } th, .contents td { text-align: left; padding: .2em .5em }
thead th { position: sticky; top: 0; background: var(--card); color: var(--ink2); font-weight: 400 }
.n { text-align: right !important; white-space: nowrap; font-variant-numeric: tabular-nums }
.bar { display: block; height: .6em; min-width: 4em; background: var(--bad-bg); border: 1px solid var(--line); border-radius: 3px }
.bar i { display: block; height: 100%; background: var(--ok); border-radius: 2px }
.head { display: flex; flex-wrap: wrap; gap: .2em 1em; align-items: center } .head .bar { width: 8em } .mut, .kind, .label { color: var(--ink2) }
body:has(#gaps:checked) .full { display: none }
.part, .group { border: 2px solid; border-radius: 6px; padding: .4em .8em; margin: .5em 0 }
.group { border-style: dashed; border-color: var(--line); background: var(--card); margin-left: .5em }
.all { border-color: var(--ok); background: var(--ok-bg) } .some { border-color: var(--warn); background: var(--warn-bg) }
.none { border-color: var(--bad); background: var(--bad-bg) }
.kind { margin-left: .5em } .hit { color: var(--ok) } .miss { color: var(--bad); font-weight: 600 }
.gaps { display: flex; flex-wrap: wrap; gap: .5em; list-style: none; padding: 0; margin: .6em 0 }
.gaps li { border: 1px solid var(--bad); border-left-width: 5px; background: var(--bad-bg); border-radius: 5px; padding: .2em .7em }
.picture { overflow-x: auto; margin: .8em 0 }
.picture .background { fill: none }
section:has(.source) .picture .state { cursor: pointer }
.picture .line.taken { stroke: var(--ok) } .picture .arrow.taken { fill: var(--ok) } .picture .label.taken text { fill: var(--ok) }
ul { margin: .2em 0; padding-left: 1.4em } summary { cursor: pointer; color: var(--ink2) }
.source { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; margin: .5em 0 }
.source div { white-space: pre; overflow-wrap: normal; border-left: 4px solid transparent; width: max-content; min-width: 100% }
.source .n { display: inline-block; min-width: 4.5em; padding-right: .8em; color: var(--ink2) } .source .count { min-width: 6em }
.source .hits { border-color: var(--ok) } .source .some { border-color: var(--warn); background: var(--warn-bg) } .source .some .count { color: var(--warn) } .source .gap { border-color: var(--bad); background: var(--bad-bg) } .source .gap .count { color: var(--bad) }
.source :target { outline: 2px solid var(--link) }
@media print { * { print-color-adjust: exact } .source { overflow: visible } .source div { white-space: pre-wrap; width: auto; min-width: 0 }
  body { max-width: none; padding: 0; background: none } section, .contents { border: 0; padding: 0 }
  h2, .head { break-after: avoid } .picture, .part:not(:has(.group)), .gaps li, tr { break-inside: avoid } summary { list-style: none } .picture { overflow: visible }
  .picture svg { max-width: 100%; max-height: 80vh; width: auto; height: auto; margin: 0 }
  details::details-content { content-visibility: visible; display: block; height: auto } .filter { display: none } }
</style></head><body>
<h1>Coverage of state machines</h1>
<p><span class="hit">✓</span> was reached that many times; <span class="miss">✗</span> was never reached. Green: all of a state or a line was covered; amber, with !: a part of it; red, and faint in the graph: nothing of it. What begins in a line counts there: a state and the way out of it, a rule, a Retrier, a Catcher.</p>
{{if .}}<div class="contents"><label class="filter"><input type="checkbox" id="gaps"> only gaps</label>
<table><thead><tr><th>Machine</th><th></th><th class="n">%</th><th class="n">Missing</th></tr></thead>
{{range .}}<tr{{if .Full}} class="full"{{end}}><td><a href="#{{.ID}}">{{.Name}}</a>{{with .Path}} <span class="mut">{{range $i, $part := .}}{{if $i}}<wbr>{{end}}{{$part}}{{end}}</span>{{end}}</td><td><span class="bar"><i style="width:{{.Percent}}%"></i></span></td><td class="n">{{.Percent}}</td><td class="n">{{.Gaps}}</td></tr>
{{end}}</table></div>
{{end}}{{range $m := .}}<section id="{{.ID}}"{{if .Full}} class="full"{{end}}>
<div class="head"><h2>{{.Name}}</h2><span class="bar"><i style="width:{{.Percent}}%"></i></span><b>{{.Percent}}%</b>{{range .Counts}}<span class="mut">{{.}}</span>{{end}}<span class="mut">{{.Runs}} {{if eq .Runs 1}}run{{else}}runs{{end}}</span>{{with .Package}}<span class="mut">{{.}}</span>{{end}}</div>
{{with .Missing}}<ul class="gaps">{{range .}}<li><span class="miss">✗ {{.Kind}}</span> {{.Text}} {{with .More}}<span class="mut">and {{.}} more in it</span> {{end}}{{if $m.Source}}<a href="#{{$m.ID}}-L{{.Line}}">{{.At}}</a>{{else}}<span class="mut">{{.At}}</span>{{end}}</li>
{{end}}</ul>
{{end}}{{.States}}{{if .Source}}<details{{if not .Full}} open{{end}}><summary>Definition</summary><div class="source">
{{range $i, $l := .Source}}<div id="{{$m.ID}}-L{{$l.Number}}"{{with $l.Class}} class="{{.}}"{{end}}><span class="n">{{$l.Number}}</span><span class="n count">{{$l.Count}}</span>{{$l.Text}}</div>
{{end}}</div></details>
{{end}}</section>
{{else}}<p>No machine was run.</p>
{{end}}<script>
for (const picture of document.querySelectorAll(".picture")) { // a narrow one shows its start
  const start = picture.querySelector(".mark")?.getBoundingClientRect(), frame = picture.getBoundingClientRect();
  if (start) picture.scrollLeft = start.left + start.width / 2 - frame.left - frame.width / 2;
  picture.addEventListener("click", (event) => { // a state leads to its line
    const state = event.target.closest("[data-state]");
    const links = state ? [...picture.parentElement.querySelectorAll(".states b")] : [];
    links.find((name) => name.textContent === state.dataset.state)?.closest("a")?.click();
  });
}
</script></body></html>
`))
