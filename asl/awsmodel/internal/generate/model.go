package main

// service is the model of one service.
type service struct {
	id         string // as AWS spells it: "CloudWatch Logs"
	operations map[string]operation
	structures map[string]*structure
}

// operation names the structures of a request and a response. "" is a
// structure without members.
type operation struct{ input, output string }

// structure is a structure or a union. In structures of an own package, which
// are requests and responses, the key of the map has a dot in front, since the
// package of types may have another of the same name.
type structure struct {
	members  map[string]*member
	required []string // in the order of the model
}

// member is a member of a structure.
type member struct {
	of    *shape
	token bool // the SDK fills it in
	body  bool // it is the body of the request
}

// kind is the letter of a type in the data.
type kind byte

const (
	document  kind = 'd'
	str       kind = 's'
	enum      kind = 'e'
	blob      kind = 'x'
	integer   kind = 'i'
	long      kind = 'l'
	float     kind = 'f'
	boolean   kind = 'b'
	timestamp kind = 't'
	list      kind = '['
	mapping   kind = '{'
	object    kind = '@'
)

// shape is the type of a member or an element.
type shape struct {
	kind     kind
	of       *shape   // of the elements of a list, or the values of a map
	name     string   // of a structure
	values   []string // of an enum
	min, max string   // of a number; min: of the length of a string or blob; "": none
}

func isNumber(k kind) bool { return k == integer || k == long || k == float }
