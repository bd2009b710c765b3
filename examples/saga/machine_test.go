package main

import (
	"testing"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "saga.asl.json")
	full := func(state string) *asltest.Script { return asltest.On(state).Throw("Full", state) }
	flight, hotel := asltest.On("BookFlight").Return(`"f"`), asltest.On("BookHotel").Return(`"h"`)
	cancelHotel := asltest.On("CancelHotel").Throw("Busy", "").Then().Return(`null`)
	cancelFlight := asltest.On("CancelFlight").Throw("Busy", "").Then().Return(`null`)
	for name, c := range map[string]struct {
		tasks asltest.Option
		path  string
	}{
		"flight": {full("BookFlight"), "BookFlight, Failed"},
		"hotel":  {asltest.Options(flight, full("BookHotel"), cancelFlight), "BookFlight, BookHotel, CancelFlight, Failed"},
		"car": {asltest.Options(flight, hotel, full("BookCar"), cancelHotel, cancelFlight),
			"BookFlight, BookHotel, BookCar, CancelHotel, CancelFlight, Failed"},
	} {
		t.Run(name, func(t *testing.T) {
			x := asltest.Run(t, p, `{}`, c.tasks)
			x.WantPath(c.path)
			x.WantFailed("TripNotBooked")
		})
	}
	x := asltest.Run(t, p, `{}`, flight, hotel, asltest.On("BookCar").Return(`"c"`))
	x.WantOutput(`{"flight": "f", "hotel": "h", "car": "c"}`)
}
