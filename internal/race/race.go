// Package race tells tests whether the race detector is on.
package race

import "testing"

// OneGoroutine skips a long test in which one goroutine works if the race detector is on,
// which would find nothing in it and make it ten times as long. CI also runs it without.
func OneGoroutine(t testing.TB) {
	t.Helper()
	if Enabled {
		t.Skip("one goroutine works, ten times slower under the race detector")
	}
}
