// Package yaml reads Amazon States Language definitions, and templates that contain them,
// from YAML.
//
//	d, err := yaml.Read(text)
//	if err != nil {
//		return err // an asl.ErrorList with the place in the YAML text
//	}
//	found := asl.Validate(d.JSON, asl.Options{}).Relocate(text, d.Offset)
//
// [Read] turns the text into JSON and remembers where each part of it came from. The rules
// are those of the core schema of YAML 1.2:
//
//   - Only true and false are booleans: yes, no, on and off are strings.
//   - A timestamp is a string, and so is a number with leading zeros, which versions of
//     YAML read as different numbers.
//   - Numbers keep their digits. 0x1F and 0o17 become decimal. JSON has no .inf and .nan:
//     they are strings.
//   - A key is a string, also if it looks like a number or a boolean. A repeated key is an
//     error.
//   - Aliases are expanded, and merge keys (<<) are applied.
//   - A tag such as !!int must fit its value. !!binary and others that JSON has no value
//     for are errors.
//   - The short forms of CloudFormation's functions become the long ones: !Ref X is
//     {"Ref": "X"}, and !Sub X is {"Fn::Sub": "X"}.
package yaml
