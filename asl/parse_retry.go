package asl

var retrierFields = fields{"ErrorEquals": both, "IntervalSeconds": both, "MaxAttempts": both, "BackoffRate": both,
	"MaxDelaySeconds": both, "JitterStrategy": both, "Comment": both}

func (o *object) retriers() []Retrier {
	list := o.children("Retry")
	if list == nil {
		return nil
	}
	retriers := make([]Retrier, len(list))
	for i, r := range list {
		r.known(retrierFields, JSONPath)
		r.required("ErrorEquals")
		retriers[i] = Retrier{
			Node:            r.place(),
			Comment:         r.string("Comment"),
			ErrorEquals:     r.errorEquals(i == len(list)-1),
			IntervalSeconds: r.integer("IntervalSeconds", 0, maxSeconds),
			MaxAttempts:     r.integer("MaxAttempts", 0, maxSeconds),
			BackoffRate:     r.number("BackoffRate", 1, maxBackoff),
			MaxDelaySeconds: r.integer("MaxDelaySeconds", 1, maxDelay),
			JitterStrategy:  r.enum("JitterStrategy", "NONE", "FULL"),
		}
	}
	return retriers
}
