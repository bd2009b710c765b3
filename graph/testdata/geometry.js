// Measures drawings in a browser, and writes what it finds as JSON in place of the page.
const inside = (a, b, slack) => a.x >= b.x - slack && a.y >= b.y - slack &&
	a.x + a.width <= b.x + b.width + slack && a.y + a.height <= b.y + b.height + slack;
const overlap = (a, b, slack) => a.x + slack < b.x + b.width && b.x + slack < a.x + a.width &&
	a.y + slack < b.y + b.height && b.y + slack < a.y + a.height;

function check(svg) {
	const found = {Texts: 0, Outside: 0, Clipped: 0, Covered: 0, Through: 0};
	const picture = {x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height};
	const boxOf = new Map();
	const states = [...svg.querySelectorAll('g.state')];
	for (const state of states)
		boxOf.set(state, state.querySelector(':scope > rect, :scope > path').getBBox());
	const labels = [...svg.querySelectorAll('g.label')];
	for (const label of labels)
		boxOf.set(label, label.querySelector('rect').getBBox());
	for (const text of svg.querySelectorAll('text')) {
		const bounds = text.getBBox();
		found.Texts++;
		if (!inside(bounds, picture, 0.5)) found.Clipped++;
		const around = text.parentNode.closest('g.state, g.label');
		const of = boxOf.get(text.parentNode) || (text.classList.contains('mark') ? text.previousElementSibling.getBBox() : null);
		if (of && !inside(bounds, of, text.classList.contains('mark') ? 3 : 0.5)) found.Outside++;
		if (!of && around) found.Outside++;
	}
	labels.forEach((label, i) => {
		const bounds = boxOf.get(label);
		for (const other of labels.slice(i + 1))
			if (overlap(bounds, boxOf.get(other), 1)) found.Covered++;
		for (const state of states)
			if (!state.contains(label) && overlap(bounds, boxOf.get(state), 1)) found.Covered++;
	});
	for (const line of svg.querySelectorAll('path.line')) {
		const [from, to] = line.dataset.edge.split('-');
		const others = states.filter(s => !s.contains(line) && s.dataset.node != from && s.dataset.node != to &&
			!s.parentNode.closest('g.state[data-node="' + from + '"], g.state[data-node="' + to + '"]'));
		const length = line.getTotalLength();
		let through = false;
		for (let at = 0; at < length && !through; at += 5) {
			const p = line.getPointAtLength(at);
			through = others.some(s => inside({x: p.x, y: p.y, width: 0, height: 0}, boxOf.get(s), -2));
		}
		if (through) found.Through++;
	}
	return found;
}

const drawings = [...document.querySelectorAll('svg')];
const result = {Drawings: drawings.map(check), Controls: {}};
// Spoils a copy of the first drawing and counts what is found then.
function control(name, field, spoil) {
	const copy = drawings[0].cloneNode(true);
	document.body.append(copy);
	spoil(copy);
	result.Controls[name] = check(copy)[field];
	copy.remove();
}
control('a text beside its box', 'Outside', svg => svg.querySelector('g.state text').setAttribute('x', 0));
control('a text at the edge of the picture', 'Clipped', svg => svg.querySelector('g.state text').setAttribute('x', 0));
control('a label on a label', 'Covered', svg => svg.append(svg.querySelector('g.label').cloneNode(true)));
control('a label on a state', 'Covered', svg => {
	const box = svg.querySelector('g.state rect').getBBox();
	const rect = svg.querySelector('g.label rect');
	rect.setAttribute('x', box.x);
	rect.setAttribute('y', box.y);
});
control('a line through a state', 'Through', svg => {
	const box = svg.querySelector('g.state[data-node="s2"] rect').getBBox();
	const line = svg.querySelector('path.line[data-edge="s1-s4-default"]');
	line.setAttribute('d', `M${box.x} ${box.y - 5}l${box.width} ${box.height + 10}`);
});
document.body.innerHTML = '<pre id="result"></pre>';
document.getElementById('result').textContent = JSON.stringify(result);
