package asl

import "github.com/gostates/gostates/jsonpath"

func (o *object) dataFlow(q QueryLanguage) DataFlow {
	return DataFlow{
		InputPath:  o.path("InputPath", anyPath),
		OutputPath: o.path("OutputPath", anyPath),
		Output:     o.template("Output", q),
	}
}

func (o *object) work(q QueryLanguage) Work {
	return Work{
		Parameters:     o.template("Parameters", q),
		Arguments:      o.template("Arguments", q),
		ResultSelector: o.template("ResultSelector", q),
		ResultPath:     o.resultPath(),
		Retry:          o.retriers(),
		Catch:          o.catchers(q),
	}
}

// resultPath is a reference path into the state's input: neither the context
// object nor a variable can be written.
func (o *object) resultPath() Opt[Path] {
	return o.rooted("ResultPath", o.path("ResultPath", resultPath), jsonpath.Input)
}
