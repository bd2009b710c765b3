package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestAllStates(t *testing.T) {
	var names []string
	for s := range parse(t, nested).All() {
		names = append(names, s.Base().Name)
	}
	require.Equal(t, []string{"Ship", "Each", "Both", "Left", "Right", "End"}, names)
}

func TestAllStatesStops(t *testing.T) {
	for stopAt, want := range []int{1, 2, 3, 4, 5, 6} {
		n := 0
		for range parse(t, nested).All() {
			if n++; n == stopAt+1 {
				break
			}
		}
		require.Equal(t, want, n)
	}
}

func TestWalkLeavesOutNestedStates(t *testing.T) {
	var names []string
	asl.Walk(parse(t, nested), func(s asl.State) bool {
		names = append(names, s.Base().Name)
		return s.Base().Name != "Both"
	})
	require.Equal(t, []string{"Ship", "Each", "Both"}, names)
}

func TestWalkOverABrokenMachine(t *testing.T) {
	m, err := asl.Parse([]byte(`{"States": {"A": {"Type": "Map"}, "B": {"Type": "Parallel", "Branches": [{}]}, "C": 1}}`))
	require.Error(t, err)
	n := 0
	for range m.All() {
		n++
	}
	require.Equal(t, 2, n)
	empty := &asl.StateMachine{}
	for range empty.All() {
		t.Fatal("no states")
	}
	asl.Walk(empty, func(asl.State) bool { t.Fatal("no states"); return true })
	require.Nil(t, empty.States.Get("A"))
}
