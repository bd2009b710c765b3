// Package arn parses Amazon Resource Names.
package arn

import "strings"

// ARN is a parsed name: arn:partition:service:region:account:resource.
type ARN struct {
	Partition, Service, Region, Account string
	Resource                            string // may contain colons
}

// Parse parses an ARN. If text is not one, ok is false.
func Parse(text string) (a ARN, ok bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ARN{}, false
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}
