package postgres

import "reflect"

// Qualify is for tests.
var Qualify = qualify

// AllQueries returns the statements of a Store.
func AllQueries(schema string) (all []string) {
	q := reflect.ValueOf(qualifyQueries(schema))
	for i := range q.NumField() {
		all = append(all, q.Field(i).String())
	}
	return all
}
