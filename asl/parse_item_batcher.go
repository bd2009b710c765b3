package asl

import "strings"

var batcherFields = fields{"BatchInput": both, "MaxItemsPerBatch": both, "MaxInputBytesPerBatch": both,
	"MaxItemsPerBatchPath": pathOnly, "MaxInputBytesPerBatchPath": pathOnly}

func (o *object) itemBatcher(q QueryLanguage) *ItemBatcher {
	b := o.child("ItemBatcher")
	if b == nil {
		return nil
	}
	b.known(batcherFields, q)
	b.atMostOne("MaxItemsPerBatch", "MaxItemsPerBatchPath")
	b.atMostOne("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
	b.bounded()
	return &ItemBatcher{
		Node:                      b.place(),
		BatchInput:                b.template("BatchInput", q),
		MaxItemsPerBatch:          b.integerOrExpression("MaxItemsPerBatch", q, 0, noMaximum),
		MaxItemsPerBatchPath:      b.numberPath("MaxItemsPerBatchPath"),
		MaxInputBytesPerBatch:     b.integerOrExpression("MaxInputBytesPerBatch", q, 0, maxBatchBytes),
		MaxInputBytesPerBatchPath: b.numberPath("MaxInputBytesPerBatchPath"),
	}
}

// bounded reports where nothing says how large a batch gets.
func (o *object) bounded() {
	bounds := []string{"MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}
	if o.count(bounds) == 0 {
		o.wrong("This object should have at least one of the following fields: [%s]", strings.Join(bounds, ", "))
	}
}
