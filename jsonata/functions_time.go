package jsonata

var timeFunctions = []builtin{
	{"now", "<s?s?:s>", 2, func(c *call, args []any) any {
		return c.formatDate(float64(c.currentTime().UnixMilli()), args[0], args[1])
	}},
	{"millis", "<:n>", 0, func(c *call, _ []any) any { return c.currentTime().UnixMilli() }},
	{"fromMillis", "<n-s?s?:s>", 3, fnFromMillis},
	{"toMillis", "<s-s?:n>", 2, fnToMillis},
}

func fnToMillis(c *call, args []any) any {
	text, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	if picture, ok := args[1].(string); ok {
		return c.parseDate(text, picture)
	}
	c.step(1 + len(text)/16)
	if !isTimestamp(text) {
		panic(failValue("D3110", text))
	}
	return numberOf(parseTimestamp(text))
}

func fnFromMillis(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	return c.formatDate(toFloat(args[0]), args[1], args[2])
}
