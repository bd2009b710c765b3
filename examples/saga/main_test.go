package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTravel(t *testing.T) {
	for name, c := range map[string]struct {
		trip Trip
		want string
	}{
		"all is booked": {Trip{To: "Rome"}, "booked a flight to Rome\nbooked a hotel to Rome\nbooked a car to Rome\n"},
		"compensated, the latest first": {Trip{To: "Venice", NoCars: true}, "booked a flight to Venice\nbooked a hotel to Venice\n" +
			"cancelled hotel-1\ncancelled flight-1\nTripNotBooked: no car in Venice\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, travel(context.Background(), &out, c.trip))
			require.Equal(t, c.want, out.String())
		})
	}
}
