package types

type Color string

// Enum values for Color
const (
	ColorRed  Color = "RED"
	ColorBlue Color = "light blue"
)

func (Color) Values() []Color { return []Color{"RED", "light blue"} }

type Wheels = int32
