/** Tells the workspace what a person did. Throws an Error with its explanation. */
export async function perform(deed, input) {
  const response = await fetch(`/demo/${deed}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}
