package jsonata

var timeFunctions = []builtin{
	{"now", "<s?s?:s>", 2, func(c *call, args []any) any {
		return c.formatDate(float64(c.now().UnixMilli()), args[0], args[1])
	}},
	{"millis", "<:n>", 0, func(c *call, _ []any) any { return c.now().UnixMilli() }},
	{"fromMillis", "<n-s?s?:s>", 3, fnFromMillis},
	{"toMillis", "<s-s?:n>", 2, fnToMillis},
}

// formatFunctions write and read numbers by pictures.
var formatFunctions = []builtin{
	{"formatNumber", "<n-so?:s>", 3, fnFormatNumber},
	{"formatInteger", "<n-s:s>", 2, fnFormatInteger},
	{"parseInteger", "<s-s:n>", 2, fnParseInteger},
}
