package jsonata

var errorFunctions = []builtin{
	{"error", "<s?:x>", 1, fnError},
	{"assert", "<bs?:x>", 2, fnAssert},
}

func fnError(c *call, args []any) any {
	panic(&Error{Code: "D3137", Message: messageOr(args[0], "$error() function evaluated")})
}

func fnAssert(c *call, args []any) any {
	if !isJSTruthy(args[0]) {
		panic(&Error{Code: "D3141", Message: messageOr(args[1], "$assert() statement failed")})
	}
	return Undefined
}

func messageOr(v any, otherwise string) string {
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	return otherwise
}
