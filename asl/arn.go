package asl

import "strings"

// ARN is a parsed Amazon Resource Name: arn:partition:service:region:account:resource.
type ARN struct {
	Partition, Service, Region, Account string
	Resource                            string // may contain colons
}

// ParseARN parses an ARN. If name is not one, ok is false. Parts may be empty.
func ParseARN(name string) (a ARN, ok bool) {
	parts := strings.SplitN(name, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ARN{}, false
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}
