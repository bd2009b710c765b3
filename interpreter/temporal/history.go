package temporal

import (
	"encoding/json"
	"strconv"

	"go.temporal.io/sdk/converter"

	"github.com/gostates/gostates/history"
)

// eventLog keeps the history of one run of the workflow, for queries.
type eventLog struct {
	first  uint32 // ID of the first event of this run
	events []json.RawMessage
}

func (l *eventLog) addEvents(events []history.Event) {
	for i := range events {
		l.events = append(l.events, events[i].AppendJSON(nil))
	}
}

// mostPageBytes bounds a page: Temporal refuses results of queries above 2 MB.
const mostPageBytes = 1 << 20

// eventPage is the answer of the query for the history.
type eventPage struct {
	Events []json.RawMessage // from the ID that was asked for
	More   bool
}

// pageRequest is the argument of the query.
type pageRequest struct {
	From        uint32 // ID of the first event
	WithoutData bool
}

// query is the handler of the query. It writes the page itself, since encoding/json
// spells some characters of the events in another way.
func (l *eventLog) query(q pageRequest) (converter.RawValue, error) {
	p, err := l.page(q)
	text := []byte(`{"Events":[`)
	for i, e := range p.Events {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, e...)
	}
	text = append(text, `],"More":`...)
	text = append(strconv.AppendBool(text, p.More), '}')
	return converter.NewRawValue(textPayload(string(text))), err
}

func (l *eventLog) page(q pageRequest) (eventPage, error) {
	var p eventPage
	bytes := 0
	for i := int(max(q.From, l.first) - l.first); i < len(l.events); i++ {
		text := l.events[i]
		if q.WithoutData {
			var ev history.Event
			if err := json.Unmarshal(text, &ev); err != nil {
				return p, err
			}
			bare := ev.WithoutData()
			text = bare.AppendJSON(nil)
		}
		if bytes += len(text); bytes > mostPageBytes && len(p.Events) > 0 {
			p.More = true
			break
		}
		p.Events = append(p.Events, text)
	}
	return p, nil
}
