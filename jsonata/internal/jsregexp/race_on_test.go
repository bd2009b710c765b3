//go:build race

package jsregexp

// Under the race detector sync.Pool loses things on purpose.
const raceDetector = true
