package jsonata

var integerFunctions = []builtin{
	{"formatInteger", "<n-s:s>", 2, fnFormatInteger},
	{"parseInteger", "<s-s:n>", 2, fnParseInteger},
}

func fnFormatInteger(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	picture, ok := args[1].(string)
	if !ok {
		throwException("Cannot read properties of undefined (reading 'lastIndexOf')")
	}
	p := c.readIntegerPicture(picture)
	if err := p.unsupportedError(); err != nil {
		panic(err)
	}
	w := c.newWriter()
	w.writeInteger(&p, floorOf(args[0]))
	return w.finishText()
}

func fnParseInteger(c *call, args []any) any {
	text, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	picture, ok := args[1].(string)
	if !ok {
		throwException("Cannot read properties of undefined (reading 'lastIndexOf')")
	}
	p := c.readIntegerPicture(picture)
	if err := p.unsupportedError(); err != nil {
		panic(err)
	}
	return c.parseInteger(&p, text)
}
