/** What follows the status on a status line: RFC 9110 §15, and RFC 6585 §5 for 431. */
const REASON_PHRASES: Readonly<Record<number, string>> = {
  100: 'Continue',
  200: 'OK',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
}

/** For the person who meets it: what each error means and what to do about it, in one sentence. */
export const ERROR_EXPLANATIONS: Readonly<Record<number, string>> = {
  400: 'The server could not make sense of this request: check the address, and whether it should begin with https, and try again.',
  401: 'Only who is known here may see this: give your name and password, or ask whoever runs this site for one.',
  403: 'The server may not show what is here: if you expected to see it, tell whoever runs this site.',
  404: 'There is nothing at this address: check its spelling, or start from the home page.',
  405: 'This address can only be read: a form or a program that sends something needs another one.',
  408: 'The request took too long to arrive: check your connection and try again.',
  410: 'What was here has been taken away for good: remove your link to it.',
  412: 'This is no longer the version that was asked for: load it afresh to get the present one.',
  413: 'What was sent is larger than this server accepts: send something smaller.',
  414: 'The address is longer than this server accepts: shorten it and try again.',
  416: 'The file has no such part: start the download again from its beginning.',
  417: 'The request expects what this server cannot do: send it again without the Expect field.',
  431: 'Too much came along with the request: delete the cookies of this site and try again.',
  500: 'The fault is the server’s, not yours: try again later, or tell whoever runs this site.',
  501: 'The request asks for something this server does not do: try the address in a browser.',
  503: 'The server cannot take this request just now: wait a moment and try again.',
  505: 'The request is in a version of HTTP this server does not speak: send it as HTTP/1.1.',
}

/** The reason phrase of a status; empty, as RFC 9112 §4 allows, for one this server never sends by itself. */
export function reasonPhrase(status: number): string {
  return REASON_PHRASES[status] ?? ''
}
