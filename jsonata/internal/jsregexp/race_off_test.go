//go:build !race

package jsregexp

const raceDetector = false
