package aws

import "context"

// Send sends any action at all, to show that five go out.
func (c *Client) Send(ctx context.Context, action Action) error {
	var out struct{}
	_, err := c.call(ctx, action, nil, &out)
	return err
}

// Decode reads a body as the answer to an action.
func Decode(action Action, status int, body []byte) error {
	var out any
	switch action {
	case DescribeVolumes:
		out = new(volumesXML)
	case DescribeInstances:
		out = new(instancesXML)
	default:
		out = new(attachmentXML)
	}
	_, err := decode(action, status, body, Answer{}, out)
	switch x := out.(type) {
	case *volumesXML:
		x.volumes()
	case *instancesXML:
		x.instances()
	}
	return err
}
