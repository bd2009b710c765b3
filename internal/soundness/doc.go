// Package soundness tests random machines. One test runs them many times and
// compares the results with the warnings of asl.Validate. Another runs them in
// all ways that a host may choose, and compares the results.
//
//	go test ./internal/soundness -v -run True -machines 100000 -seed 2
//	go test ./internal/soundness -v -run Ways -ways 50000
package soundness
