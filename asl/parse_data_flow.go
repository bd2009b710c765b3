package asl

import "github.com/gostates/gostates/jsonpath"

func (o *object) parseDataFlow(q QueryLanguage) DataFlow {
	return DataFlow{
		InputPath:  o.parsePath("InputPath", anyPathKind),
		OutputPath: o.parsePath("OutputPath", anyPathKind),
		Output:     o.parseTemplate("Output", q),
	}
}

func (o *object) parseWork(q QueryLanguage) Work {
	return Work{
		Parameters:     o.parseTemplate("Parameters", q),
		Arguments:      o.parseTemplate("Arguments", q),
		ResultSelector: o.parseTemplate("ResultSelector", q),
		ResultPath:     o.parseResultPath(),
		Retry:          o.parseRetry(),
		Catch:          o.parseCatch(q),
	}
}

// parseResultPath parses a reference path into the input: neither the context
// object nor a variable can be written.
func (o *object) parseResultPath() Opt[Path] {
	return o.requireRoot("ResultPath", o.parsePath("ResultPath", resultPathKind), jsonpath.Input)
}
