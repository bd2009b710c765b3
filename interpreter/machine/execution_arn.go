package machine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// resolveIdentity fills in the machine's ARN, name, role and region, and makes the
// options valid UTF-8.
func (p *Program) resolveIdentity() {
	const region, account = "us-east-1", "000000000000"
	o := &p.options
	o.StateMachineArn, o.StateMachineName, o.RoleArn = validUTF8(o.StateMachineArn), validUTF8(o.StateMachineName), validUTF8(o.RoleArn)
	o.Activities = slices.Clone(o.Activities)
	for i := range o.Activities {
		o.Activities[i] = validUTF8(o.Activities[i])
	}
	if o.StateMachineArn == "" {
		o.StateMachineName = cmp.Or(o.StateMachineName, "StateMachine")
		o.StateMachineArn = "arn:aws:states:" + region + ":" + account + ":stateMachine:" + o.StateMachineName
	}
	if o.StateMachineName == "" {
		o.StateMachineName = o.StateMachineArn[strings.LastIndexByte(o.StateMachineArn, ':')+1:]
	}
	o.WaitScale = resolveWaitScale(o.WaitScale)
	o.RoleArn = cmp.Or(o.RoleArn, "arn:aws:iam::"+account+":role/"+o.StateMachineName)
	p.region = region
	if a, _ := asl.ParseARN(o.StateMachineArn); a.Region != "" {
		p.region = a.Region
	}
	kind := ":execution:"
	if o.Express {
		kind = ":express:"
	}
	p.arn = strings.Replace(o.StateMachineArn, ":stateMachine:", kind, 1) + ":"
	p.started = history.Started{RoleArn: o.RoleArn}
	p.machineContext = value.ObjectOf(
		value.Member{Key: "Id", Value: o.StateMachineArn},
		value.Member{Key: "Name", Value: o.StateMachineName})
}

// ExecutionArn returns the ARN of the execution with an ID (see [Start]).
func (p *Program) ExecutionArn(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return p.arn + id
}

// ExecutionName returns the name of the execution with an ID (see [Start]).
func ExecutionName(id string) string {
	if !strings.HasPrefix(id, "arn:") {
		return id
	}
	const before = 7 // colons: a name of another host may have more
	express, name := isExpressArn(id), id[strings.LastIndexByte(id, ':')+1:]
	if parts := strings.SplitN(id, ":", before+1); len(parts) > before {
		name = parts[before]
	}
	if express {
		name = name[:strings.LastIndexByte(name, ':')] // a UUID follows the name
	}
	return name
}

// isExpressArn reports whether an ARN is that of an EXPRESS execution, which has a part
// more than others.
func isExpressArn(id string) bool {
	const kind, parts = 5, 8 // the part with the kind, and the least number of colons
	if strings.Count(id, ":") < parts {
		return false
	}
	for range kind {
		_, id, _ = strings.Cut(id, ":")
	}
	return strings.HasPrefix(id, "express:")
}
