package yaml_test

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/yaml"
)

func ExampleRead() {
	text := []byte(`
StartAt: Pack
States:
  Pack:
    Type: Pass
    Next: Ship # there is no such state
`)
	d, err := yaml.Read(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, found := range asl.Validate(d.JSON, asl.Options{}).Relocate(text, d.Offset) {
		fmt.Println(found)
	}
	// Output:
	// 4:3: MISSING_END_STATE: Workflow has no terminal state
	// 6:11: /States/Pack/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Ship
}
