// Package soundness holds tests over machines that are made at random. One runs
// them many times and holds what happened against each of asl.Validate's warnings;
// the other runs them in all the ways in which a host may, and compares.
//
//	go test ./internal/soundness -v -run True -machines 100000 -seed 2
//	go test ./internal/soundness -v -run Ways -ways 50000
package soundness
