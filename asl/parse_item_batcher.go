package asl

import "strings"

var batcherFields = fields{"BatchInput": both, "MaxItemsPerBatch": both, "MaxInputBytesPerBatch": both,
	"MaxItemsPerBatchPath": pathOnly, "MaxInputBytesPerBatchPath": pathOnly}

func (o *object) parseItemBatcher(q QueryLanguage) *ItemBatcher {
	b := o.childObject("ItemBatcher")
	if b == nil {
		return nil
	}
	b.checkFields(batcherFields, q)
	b.requireAtMostOne("MaxItemsPerBatch", "MaxItemsPerBatchPath")
	b.requireAtMostOne("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
	b.requireBatchBound()
	return &ItemBatcher{
		Node:                      b.nodeOf(),
		BatchInput:                b.parseTemplate("BatchInput", q),
		MaxItemsPerBatch:          b.parseIntegerOrExpression("MaxItemsPerBatch", q, 0, noMaximum),
		MaxItemsPerBatchPath:      b.parseNumberPath("MaxItemsPerBatchPath"),
		MaxInputBytesPerBatch:     b.parseIntegerOrExpression("MaxInputBytesPerBatch", q, 0, maxBatchBytes),
		MaxInputBytesPerBatchPath: b.parseNumberPath("MaxInputBytesPerBatchPath"),
	}
}

// requireBatchBound reports an ItemBatcher without any limit.
func (o *object) requireBatchBound() {
	bounds := []string{"MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}
	if o.countFields(bounds) == 0 {
		o.reportObject("This object should have at least one of the following fields: [%s]", strings.Join(bounds, ", "))
	}
}
