//go:build race

package resultwriter_test

const raceEnabled = true
