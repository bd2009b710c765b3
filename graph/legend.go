package graph

// legendEntry is an outcome in the legend.
type legendEntry struct {
	outcome    Outcome
	x, y, w, h int
}

const (
	legendGap      = 8
	minLegendWidth = 240
)

// text is what an entry says: the sign and the word of its outcome.
func (e legendEntry) text() string {
	return styles[e.outcome].sign + " " + e.outcome.String()
}

// layOutLegend lays out an entry per outcome, in rows of a width. It stands below all
// states, so that these do not move, and is the same for every execution.
func layOutLegend(width, x, y int) (entries []legendEntry, w, h int) {
	entry := legendEntry{x: x, y: y, h: smallHeight + padY}
	for o := range Running + 1 {
		entry.outcome = o
		entry.w = textWidth(entry.text(), smallSize) + padY
		if entry.x > x && entry.x+entry.w > x+width {
			entry.x, entry.y = x, entry.y+entry.h+legendGap
		}
		entries = append(entries, entry)
		w = max(w, entry.x+entry.w-x)
		entry.x += entry.w + legendGap
	}
	return entries, w, entry.y + entry.h - y
}

func (w *svg) drawLegend(entries []legendEntry) {
	if len(entries) == 0 {
		return
	}
	w.openTag("g", "class", "legend", ">")
	for _, e := range entries {
		s := styles[e.outcome]
		b := box{node: &Node{Run: &Run{Outcome: e.outcome}}, w: e.w, h: e.h}
		w.drawOutline(&b, e.x, e.y, s)
		colour := s.stroke
		if e.outcome == NotReached {
			colour = s.text
		}
		const baseline = 15
		w.drawText(e.text(), e.x+e.w/2, e.y+baseline, smallSize, colour, "")
	}
	w.b.WriteString("</g>\n")
}
