package asl

var retrierFields = fields{"ErrorEquals": both, "IntervalSeconds": both, "MaxAttempts": both, "BackoffRate": both,
	"MaxDelaySeconds": both, "JitterStrategy": both, "Comment": both}

func (o *object) parseRetry() []Retrier {
	list := o.childObjects("Retry")
	if list == nil {
		return nil
	}
	retriers := make([]Retrier, len(list))
	for i, r := range list {
		r.checkFields(retrierFields, JSONPath)
		r.requireFields("ErrorEquals")
		retriers[i] = Retrier{
			Node:            r.nodeOf(),
			Comment:         r.parseString("Comment"),
			ErrorEquals:     r.parseErrorEquals(i == len(list)-1),
			IntervalSeconds: r.parseInteger("IntervalSeconds", 0, maxSeconds),
			MaxAttempts:     r.parseInteger("MaxAttempts", 0, maxSeconds),
			BackoffRate:     r.parseNumber("BackoffRate", 1, maxBackoff),
			MaxDelaySeconds: r.parseInteger("MaxDelaySeconds", 1, maxDelay),
			JitterStrategy:  r.parseEnum("JitterStrategy", "NONE", "FULL"),
		}
	}
	return retriers
}
