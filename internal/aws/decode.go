package aws

import (
	"encoding/xml"
	"errors"
	"net/http"
)

// failure is how EC2 says no:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response
type failure struct {
	XMLName   xml.Name `xml:"Response"`
	Errors    []fault  `xml:"Errors>Error"`
	RequestID string   `xml:"RequestID"`
}

type fault struct {
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
}

// checked is an answer that can be told from nonsense. check returns what is
// wrong with it, or nothing.
type checked interface{ check() string }

// decode reads an answer into out, or returns the Error that it is, and the
// request's id if it tells.
func decode(action Action, status int, body []byte, answer Answer, out any) (string, error) {
	if status != http.StatusOK {
		return decodeFailure(action, status, body, answer)
	}
	var id struct {
		XMLName   xml.Name
		RequestID string `xml:"requestId"`
	}
	err := xml.Unmarshal(body, &id)
	if err == nil && id.XMLName.Local != string(action)+"Response" {
		err = errors.New("it is a " + clean(id.XMLName.Local))
	}
	if err == nil {
		err = xml.Unmarshal(body, out)
	}
	answer.RequestID = clean(id.RequestID)
	if err != nil {
		return answer.RequestID, badAnswer(action, status, answer, "not what EC2 answers", err)
	}
	if c, ok := out.(checked); ok {
		if wrong := c.check(); wrong != "" {
			return answer.RequestID, badAnswer(action, status, answer, wrong, nil)
		}
	}
	return answer.RequestID, nil
}

func decodeFailure(action Action, status int, body []byte, answer Answer) (string, error) {
	e := &Error{Op: string(action), Status: status, RequestID: answer.RequestID, Date: answer.Date}
	var f failure
	// What is no XML of EC2's, a load balancer's page say, has the status only.
	if err := xml.Unmarshal(body, &f); err == nil && len(f.Errors) > 0 {
		e.AWSCode, e.Message = clean(f.Errors[0].Code), clean(f.Errors[0].Message)
		if id := clean(f.RequestID); id != "" {
			e.RequestID = id
		}
	} else {
		e.Message = http.StatusText(status)
	}
	e.Code = meaning(action, status, e.AWSCode, e.Message)
	e.Uncertain = status >= http.StatusInternalServerError && e.Code != Throttled
	return e.RequestID, e
}
