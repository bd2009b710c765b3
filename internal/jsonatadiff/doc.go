// Package jsonatadiff compares package jsonata with jsonata-js 2.0.6, the
// implementation that it follows: its test evaluates some thousands of
// expressions with both, and compares values, key order, codes, messages,
// tokens and positions of errors.
//
// It needs node and the npm package jsonata in version 2.0.6, and is skipped
// where either is missing. The package is the one that the environment
// variable JSONATA_JS names (its folder), else the one that node finds from
// the current directory. A run by hand:
//
//	JSONATA_JS=/path/to/node_modules/jsonata go test -run TestDifferential -v ./internal/jsonatadiff
//
// JSONATA_DIFF_SHOW says how many differences are listed (default 100),
// JSONATA_DIFF_COUNT how many expressions are generated besides the written
// ones (default 2000, and as many broken ones), and JSONATA_DIFF_SEED varies
// these.
package jsonatadiff
