package history

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A Trail does not grow with the iterations of a Map.
func TestTrailForgetsIterations(t *testing.T) {
	var trail Trail
	follow := func(e Event) Place { return trail.Follow(&e) }
	follow(Event{ID: 1, Type: MapStateEntered, Name: "Each"})
	follow(Event{ID: 2, Previous: 1, Type: MapStateStarted})
	id := uint32(2)
	for range 1000 {
		follow(Event{ID: id + 1, Previous: 2, Type: MapIterationStarted, Name: "Each"})
		require.Equal(t, "In", follow(Event{ID: id + 2, Previous: id + 1, Type: PassStateEntered, Name: "In"}).State)
		follow(Event{ID: id + 3, Previous: id + 2, Type: PassStateExited, Name: "In"})
		require.Equal(t, "Each", follow(Event{ID: id + 4, Previous: id + 3, Type: MapIterationSucceeded, Name: "Each"}).State)
		id += 4
		require.LessOrEqual(t, len(trail.places), 3)
	}
	require.Equal(t, "Each", follow(Event{ID: id + 1, Previous: id, Type: MapStateSucceeded}).State)
}
