// Package jsonatadiff compares package jsonata with jsonata-js 2.0.6, the
// implementation that it follows. Its test evaluates some thousands of
// expressions with both, and compares values, key order, and the codes,
// messages, tokens and positions of errors.
//
// It needs node and the npm package jsonata in version 2.0.6, and is skipped if
// either is missing. The environment variable JSONATA_JS names the folder of
// the package. Without it, node searches from the current directory.
//
//	JSONATA_JS=/path/to/node_modules/jsonata go test -run TestDifferential -v ./internal/jsonatadiff
//
// JSONATA_DIFF_SHOW is how many differences are listed (default 100).
// JSONATA_DIFF_COUNT is how many expressions are generated in addition to the
// written ones (default 2000, and as many broken ones). JSONATA_DIFF_SEED
// varies them.
package jsonatadiff
