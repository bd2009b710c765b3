package temporal

import (
	"encoding/json"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes of executions, of type Keyword. The namespace must have them.
var (
	machineAttribute = temporal.NewSearchAttributeKeyKeyword("AslStateMachine")
	stateAttribute   = temporal.NewSearchAttributeKeyKeyword("AslState")
)

// upsertState sets the search attribute of the state, which costs an event.
func (r *run) upsertState(names string) {
	if !r.args.SearchState || names == r.shown {
		return
	}
	r.shown = names
	if err := workflow.UpsertTypedSearchAttributes(r.ctx, stateAttribute.ValueSet(keyword(names))); err != nil {
		workflow.GetLogger(r.ctx).Error("temporal: setting the search attribute AslState", "error", err)
	}
}

// mostKeywordBytes bounds the JSON of a search attribute: a server refuses the workflow
// task with one of more than 2,048 bytes, again and again.
const mostKeywordBytes = 2_048

// keyword returns the start of a string that fits into a search attribute.
func keyword(text string) string {
	for n := mostKeywordBytes; ; n -= 100 {
		start := firstBytes(text, n)
		if data, err := json.Marshal(start); err == nil && len(data) <= mostKeywordBytes {
			return start
		}
	}
}
