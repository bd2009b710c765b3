package toystore

func (c *Client) WatchToys(ctx context.Context, params *WatchToysInput, optFns ...func(*Options)) (*WatchToysOutput, error) {
	return nil, nil
}

type WatchToysInput struct{}

type WatchToysOutput struct{}

type WatchToysEventStream struct{}
