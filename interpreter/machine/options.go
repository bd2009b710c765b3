package machine

// Options hold settings of a Program that are not part of the definition. The zero
// value is valid.
type Options struct {
	// StateMachineArn, StateMachineName and RoleArn are shown in the context
	// object. Execution ARNs and the region of service tasks are derived from
	// StateMachineArn. Defaults: an ARN of region us-east-1, account 000000000000
	// and the name; "StateMachine"; the ARN of a role in that account.
	StateMachineArn  string
	StateMachineName string
	RoleArn          string

	// Express selects the machine type EXPRESS: an execution takes at most 5
	// minutes, has no limit on history events and another context object; .sync,
	// .waitForTaskToken and activities are rejected.
	Express bool
	// EveryResource accepts in an EXPRESS machine what only a STANDARD machine may
	// have. TestState uses it.
	EveryResource bool

	// Activities lists Resources that are activities, in addition to activity ARNs.
	Activities []string

	// WaitScale multiplies how long Wait states and the intervals of Retriers take, for
	// tests of long workflows. Timeouts and heartbeats stay as they are. 0 means 1; below
	// 0 they take no time.
	WaitScale float64

	Limits Limits // 0 fields mean AWS's limits
}

// Options returns the options of the Program, with defaults filled in.
func (p *Program) Options() Options { return p.options }

// Limits returns the limits of the Program's executions, with defaults filled in.
func (p *Program) Limits() Limits { return p.limits }
