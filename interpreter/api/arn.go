package api

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/gostates/gostates/asl"
)

// Kinds of resources, as ARNs name them.
const (
	kindMachine   = "stateMachine"
	kindExecution = "execution"
	kindExpress   = "express"
	kindActivity  = "activity"
	kindMapRun    = "mapRun"
)

// resource is the ARN of a resource of Step Functions.
type resource struct {
	arn   string
	kind  string
	parts []string // what follows the kind
}

// parseArn parses an ARN of one of some kinds.
func parseArn(text string, kinds ...string) (resource, error) {
	a, ok := asl.ParseARN(text)
	if !ok {
		return resource{}, newError("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", text)
	}
	parts := strings.Split(a.Resource, ":")
	r := resource{arn: text, kind: parts[0], parts: parts[1:]}
	switch least, most := r.length(); {
	case a.Service != "states" || least == 0:
		return resource{}, newError("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", text)
	case !contains(kinds, r.kind):
		return resource{}, newError("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", r.kind)
	case len(r.parts) < least || len(r.parts) > most || contains(r.parts, ""):
		return resource{}, newError("InvalidArn", "Invalid Arn: 'Invalid ARN: %s'", text)
	}
	return r, nil
}

// length is how many parts the ARN of a kind has after the kind.
func (r *resource) length() (least, most int) {
	switch r.kind {
	case kindMachine:
		return 1, 2
	case kindExecution, kindMapRun:
		return 2, 2
	case kindExpress:
		return 3, 3
	case kindActivity:
		return 1, 1
	}
	return 0, 0
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// machineArn returns the ARN of the machine, without version, alias and execution.
func (r *resource) machineArn() string {
	a, _ := asl.ParseARN(r.arn)
	return "arn:" + a.Partition + ":states:" + a.Region + ":" + a.Account + ":" + kindMachine + ":" + r.parts[0]
}

// qualifier returns the version or the alias of a machine's ARN; empty: none.
func (r *resource) qualifier() string {
	if r.kind == kindMachine && len(r.parts) == 2 {
		return r.parts[1]
	}
	return ""
}

// isLabeled reports whether the ARN is that of a Map Run's child, or of its machine.
func (r *resource) isLabeled() bool { return strings.Contains(r.parts[0], "/") }

// versionOf returns the number of a version's ARN, or false.
func (r *resource) versionOf() (int, bool) {
	q := r.qualifier()
	n, err := strconv.Atoi(q)
	return n, err == nil && n > 0 && strconv.Itoa(n) == q
}

func (s *Server) newArn(kind, name string) string {
	return "arn:aws:states:" + s.config.Region + ":" + s.config.Account + ":" + kind + ":" + name
}

func versionArn(machine string, number int) string { return machine + ":" + strconv.Itoa(number) }

// checkName checks the name of a machine, an activity or an execution.
func checkName(name string) error {
	if strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r)
	}) {
		return newError("InvalidName", "Invalid Name: '%s'", name)
	}
	return nil
}
