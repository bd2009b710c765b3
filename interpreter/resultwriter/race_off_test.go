//go:build !race

package resultwriter_test

const raceEnabled = false
