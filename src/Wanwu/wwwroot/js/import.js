// Sends a file of history to the API, shows how far it is, and goes to the import's page.
const problemOf = (answer, otherwise) => {
  try {
    const problem = JSON.parse(answer.responseText);
    return problem.detail || problem.title || otherwise;
  } catch {
    return otherwise;
  }
};

document.addEventListener('change', event => {
  const chosen = event.target.closest?.('form[data-import] input[type=file]')?.files[0];
  if (chosen) event.target.parentElement.querySelector('[data-file-chosen]').textContent = chosen.name;
});

document.addEventListener('submit', event => {
  const form = event.target.closest?.('form[data-import]');
  if (!form) return;
  event.preventDefault();
  const file = form.querySelector('input[type=file]').files[0];
  const bar = form.querySelector('progress');
  const fault = form.querySelector('.fault');
  const button = form.querySelector('button');
  const failed = message => {
    fault.textContent = message;
    button.disabled = false;
    bar.classList.add('unseen');
  };
  if (!file) {
    fault.textContent = form.dataset.importMissing;
    return;
  }
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ name: file.name, encoding: form.querySelector('select').value });
  request.open('POST', `/api/v1/imports?${query}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.upload.addEventListener('progress', sent => { if (sent.lengthComputable) bar.value = 100 * sent.loaded / sent.total; });
  request.addEventListener('load', () => {
    if (request.status === 201) location.assign(`/things/imports/${JSON.parse(request.responseText).id}`);
    else failed(problemOf(request, form.dataset.importFailed));
  });
  request.addEventListener('error', () => failed(form.dataset.importFailed));
  fault.textContent = '';
  button.disabled = true;
  bar.classList.remove('unseen');
  request.send(file);
});
