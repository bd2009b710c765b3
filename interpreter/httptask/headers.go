package httptask

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// readHeaders reads an object of strings or arrays, or an array of such objects.
// Package machine has already rejected the names that AWS forbids.
func readHeaders(o *value.Object) ([]Parameter, error) {
	v, _ := o.Get("Headers")
	if v == nil {
		return nil, nil
	}
	headers, ok := listPairs(v)
	if !ok {
		return nil, runtimeError("The Headers of http:invoke must be an object or an array of objects.")
	}
	for _, h := range headers {
		if !validHeader(h) {
			return nil, runtimeError("The header '%s' is not valid.", h.Name)
		}
	}
	return headers, nil
}

func validHeader(h Parameter) bool {
	const separators = "()<>@,;:\\\"/[]?={} \t"
	bad := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(separators, r) }
	return h.Name != "" && !strings.ContainsFunc(h.Name, bad) && validHeaderValue(h.Value)
}

func validHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// mergeHeaders returns the added headers, followed by the task's headers with other
// names. AWS sends both if only the case differs.
func mergeHeaders(headers, added []Parameter) []Parameter {
	return append(slices.Clip(added), withoutNames(headers, added)...)
}

// withoutNames returns the parameters of all whose names are not among others.
func withoutNames(all, others []Parameter) []Parameter {
	return slices.DeleteFunc(slices.Clone(all), func(p Parameter) bool { return hasName(others, p.Name) })
}

func hasName(all []Parameter, name string) bool {
	return slices.ContainsFunc(all, func(p Parameter) bool { return p.Name == name })
}
