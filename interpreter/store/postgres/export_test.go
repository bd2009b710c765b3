package postgres

import "reflect"

// Qualify is for tests.
var Qualify = qualify

// AllQueries returns the statements of a Store.
func AllQueries(schema string) (all []string) {
	q := reflect.ValueOf(qualifyQueries(schema))
	for i := range q.NumField() {
		if f := q.Field(i); f.Kind() == reflect.String {
			all = append(all, f.String())
			continue
		}
		for j := range q.Field(i).Len() {
			all = append(all, q.Field(i).Index(j).String())
		}
	}
	return all
}
