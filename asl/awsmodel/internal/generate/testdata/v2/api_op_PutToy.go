package toystore

import (
	"context"
	"io"
)

func (c *Client) PutToy(ctx context.Context, params *PutToyInput, optFns ...func(*Options)) (*PutToyOutput, error) {
	return nil, nil
}

type PutToyInput struct {

	// This member is required.
	Color types.Color

	// This member is required.
	Name *string

	// New in v2.
	//
	// This member is required.
	Owner *string

	// This member is required.
	Token *string

	Body io.Reader

	Extra map[string]document.Interface

	Flag bool

	Marker *string

	Note *string

	Price types.Price

	Raw []byte

	Sizes []int32

	String_ *string

	Wheels types.Wheels
}

type PutToyOutput struct {
	Made types.PutToyOutput

	Toy *types.Toy

	ResultMetadata middleware.Metadata

	noSmithyDocumentSerde
}

type otherOptions struct{}

func newServiceMetadataMiddleware_opPutToy(region string) *awsmiddleware.RegisterServiceMetadata {
	return nil
}
