package machine

// Options are what a Program needs to know besides the definition. The zero
// value works.
type Options struct {
	// StateMachineArn, StateMachineName and RoleArn are shown by the context
	// object. Execution ARNs and the region of service tasks are made from
	// StateMachineArn. Defaults: an ARN of region us-east-1, account
	// 000000000000 and the name; "StateMachine"; an ARN of that account.
	StateMachineArn  string
	StateMachineName string
	RoleArn          string

	// Express stands for the machine type EXPRESS: the context object has its
	// form, an execution takes at most 5 minutes, there is no limit on events,
	// and what waits for others (.sync, .waitForTaskToken, activities) is
	// refused.
	Express bool
	// EveryResource takes, in an EXPRESS machine too, the integrations and
	// activities that only a STANDARD one can have: TestState does.
	EveryResource bool

	// Activities names Resources that are activities though they are no
	// activity ARN.
	Activities []string

	Limits Limits // the zero value stands for AWS's
}

// Options returns the options that the Program was compiled with, defaults
// filled in.
func (p *Program) Options() Options { return p.options }

// Limits returns the limits of the executions, AWS's values filled in.
func (p *Program) Limits() Limits { return p.limits }
