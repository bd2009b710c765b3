package types

import "time"

// Toy is a type of package types, PutToyOutput is another of that name.
type Toy struct {

	// Heavy or not.
	//
	// This member is required.
	Weight *float64

	Built *time.Time

	Like *Toy

	noSmithyDocumentSerde
}

type PutToyOutput struct {
	Odd []Price
}

// The price.
//
// The following types satisfy this interface:
//
//	PriceMemberFree
//	PriceMemberCents
type Price interface {
	isPrice()
}

type PriceMemberFree struct {
	Value bool

	noSmithyDocumentSerde
}

func (*PriceMemberFree) isPrice() {}

type PriceMemberCents struct {
	Value int64
}

func (*PriceMemberCents) isPrice() {}

type UnknownUnionMember struct {
	Tag string
}

func (*UnknownUnionMember) isPrice() {}
