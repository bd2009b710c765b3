package asltest_test

import "github.com/gostates/gostates/interpreter/machine"

func asltestOptions(name string) machine.Options { return machine.Options{StateMachineName: name} }
